"""The kinds of tasks, whose they are and by when: pure.

All days are ours: working days, due at 17:00 local, so that a list read in the morning can be done by the evening.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from shared.practice.calendar import (
    at_local,
    local,
    local_day,
    same_day_deadline,
    working_days_after,
    working_days_before,
)

ForRole = Literal["worker", "supervisor", "guardian"]

END_OF_DAY = time(17)


@dataclass(frozen=True)
class Kind:
    """A kind of task: `days` working days to do it in (0: the same day).

    `raise_late`: supervisors are informed when the day has passed.
    """

    for_role: ForRole
    days: int = 1
    urgent: bool = False
    raise_late: bool = False


KINDS: Final[dict[str, Kind]] = {
    # Steps of a referral's ladder: one task per agency, worker and day.
    "ask_worker": Kind("worker", 0),
    "tell_supervisor": Kind("supervisor", 1),
    "ask_supervisor_to_ring": Kind("supervisor", 1),
    "offer_alternative": Kind("worker", 2),
    "case_conference": Kind("supervisor", 5),
    # The same steps on a clock of ours, and on the clock of an agency's question: the answer is ours.
    "our_turn": Kind("worker", 1),
    "our_turn_supervisor": Kind("supervisor", 1),
    "answer_question_supervisor": Kind("supervisor", 1),
    # What a referral asks of us.
    "ring_to_refer": Kind("worker", 0, raise_late=True),
    "answer_question": Kind("worker", 1),
    "read_mail": Kind("worker", 1, raise_late=True),
    "correct_address": Kind("worker", 1, raise_late=True),
    "confirm_address": Kind("supervisor", 1, raise_late=True),
    "split_mail": Kind("guardian", 1, raise_late=True),
    "inform_person": Kind("worker", 1, raise_late=True),
    "confirm_appointment": Kind("worker", 1, raise_late=True),
    "what_became": Kind("worker", 1),
    "ring_after_miss": Kind("worker", 1),
    "two_appointments": Kind("worker", 0, urgent=True),
    "go_along": Kind("worker", 1),
    "declined_after_acceptance": Kind("worker", 0, urgent=True),
    "declined_after_acceptance_supervisor": Kind("supervisor", 0, urgent=True),
    "next_step": Kind("worker", 1, raise_late=True),
    # An answer of a service that was not possible any more waits to be read.
    "answer_refused": Kind("worker", 0, raise_late=True),
    # A no was taken back after somebody had already done something else instead.
    "answer_changed": Kind("worker", 0, raise_late=True),
    "keep_postpone_withdraw": Kind("worker", 2),
    "move_or_cancel_appointment": Kind("worker", 0),
    "service_shut": Kind("worker", 0),
    # Cases and people.
    "waiting_for_worker": Kind("supervisor", 5, raise_late=True),
    "case_given": Kind("worker", 1),
    "speak_together": Kind("worker", 1),
    "speak_together_supervisor": Kind("supervisor", 1),
    "review_after_said_no": Kind("worker", 1),
    # A death or a no was recorded by mistake: only a person may start again what it ended.
    "ended_by_mistake": Kind("worker", 0),
    "closed_by_mistake": Kind("supervisor", 0),
    "refer_again": Kind("worker", 1, raise_late=True),
    # Decisions and disclosures without the person's consent: read by the guardian, or by a supervisor where a guardian
    # decided.
    "read_override": Kind("guardian", 1, raise_late=True),
    "read_disclosure": Kind("guardian", 1, raise_late=True),
    "read_no_opened": Kind("guardian", 1, raise_late=True),
    "read_override_supervisor": Kind("supervisor", 1, raise_late=True),
    "read_disclosure_supervisor": Kind("supervisor", 1, raise_late=True),
    "read_no_opened_supervisor": Kind("supervisor", 1, raise_late=True),
    "guardian_disagrees": Kind("supervisor", 0, urgent=True),
    # Steps of a plan.
    "not_seen": Kind("worker", 1),
    "another_way": Kind("worker", 1),
    "tell_supervisor_not_seen": Kind("supervisor", 1),
    "check_custody": Kind("worker", 1),
    "check_hospital": Kind("worker", 1),
    "check_coroner": Kind("worker", 1),
    "check_shelter": Kind("worker", 1),
    "review": Kind("worker", 5, raise_late=True),
    "outcome_form": Kind("worker", 5),
    "phase_ends": Kind("worker", 5),
    # Holds.
    "look_again": Kind("worker", 1, raise_late=True),
    "check_return": Kind("worker", 0),
    "first_day_back": Kind("worker", 0),
    "see_after_release": Kind("worker", 1, urgent=True, raise_late=True),
    "check_naloxone": Kind("worker", 0, urgent=True, raise_late=True),
    "check_prescription": Kind("worker", 0, urgent=True, raise_late=True),
    "check_bed": Kind("worker", 0, urgent=True, raise_late=True),
    "prison_contact": Kind("worker", 5),
    "ask_release_date": Kind("worker", 1),
    "ward_visit": Kind("worker", 1),
    # A task whose day has passed.
    "overdue": Kind("supervisor", 1),
}

# Kinds for records that the guardian must read (intake's `oversight`).
_READ = ("read_override", "read_disclosure", "read_no_opened")
OVERSIGHT: Final = frozenset(kind for kind in KINDS if kind.startswith(_READ))
# About the person, whatever becomes of a case.
OUTLIVES_CASES: Final = OVERSIGHT | {"guardian_disagrees"}

# Asked because somebody died or said no, or a case was closed for it: the end does not make these moot.
AFTER_THE_END: Final = OUTLIVES_CASES | {
    "speak_together",
    "speak_together_supervisor",
    "review_after_said_no",
    "ended_by_mistake",
    "closed_by_mistake",
    "answer_refused",
}
# Asked because a referral has ended.
AFTER_THE_REFERRAL: Final = frozenset(
    {
        "declined_after_acceptance",
        "declined_after_acceptance_supervisor",
        "refer_again",
        "answer_changed",
        "answer_refused",
    }
)

# Tasks that a fact elsewhere closes, when it is recorded there.
CLOSED_BY_FACT: Final[dict[str, str]] = {
    "inform_person": "record on the referral that the person was told",
    "confirm_appointment": "record on the referral that the service confirmed the appointment",
    "answer_question": "record on the referral that their question was answered",
    "ring_to_refer": "record the call on the referral",
    "next_step": "record the next step",
    "waiting_for_worker": "give the case a worker",
    # Until the email is read, every step of the referral waits.
    "read_mail": "read the email",
    "correct_address": "read the email",
    "split_mail": "read the email",
    **dict.fromkeys(sorted(OVERSIGHT), "read it, and say whether you agree"),
}

# An email must be read by somebody, whatever else is recorded meanwhile.
MAILS: Final = frozenset({"read_mail", "correct_address", "split_mail"})

# Ends only when somebody has read it: neither with its referral nor with a case.
UNTIL_READ: Final = frozenset({"answer_refused"})

# Where a person is held, or looked for, must not leave this service: events are kept for years and read by others.
_TOLD_AS: Final[dict[str, str]] = {
    "prison_contact": "contact_in_pause",
    "ward_visit": "contact_in_pause",
    "ask_release_date": "look_again",
    "see_after_release": "first_day_back",
    "check_naloxone": "first_day_back",
    "check_prescription": "first_day_back",
    "check_bed": "first_day_back",
    "check_custody": "search",
    "check_hospital": "search",
    "check_coroner": "search",
    "check_shelter": "search",
}


def told_as(kind: str) -> str:
    """Return the kind of a task as other services may know it."""
    return _TOLD_AS.get(kind, kind)


# Moot as soon as the person has been met or spoken to.
UNTIL_SEEN: Final = frozenset(
    {
        "not_seen",
        "another_way",
        "tell_supervisor_not_seen",
        "check_custody",
        "check_hospital",
        "check_coroner",
        "check_shelter",
        "keep_postpone_withdraw",
    }
)
# Only a meeting will do: a call from somebody just released does not show how they are.
UNTIL_MET: Final = frozenset({"first_day_back", "see_after_release"})


# About an appointment that is to come: once its hour has passed, the outcome is asked instead.
BEFORE_APPOINTMENT: Final = frozenset({"inform_person", "confirm_appointment", "move_or_cancel_appointment"})
# Asked while there is an appointment, or until what became of it is recorded.
OF_APPOINTMENT: Final = BEFORE_APPOINTMENT | {"what_became", "two_appointments"}


def due_at(kind: str, opened_at: datetime) -> datetime:
    """Return when a task of this kind that opens now is due (UTC). Urgent same-day tasks have until 20:00."""
    rule = KINDS[kind]
    if rule.urgent and rule.days == 0:
        return same_day_deadline(opened_at)
    day = working_days_after(local_day(opened_at), rule.days)
    due = at_local(day, END_OF_DAY)
    return due if due > opened_at else at_local(working_days_after(day, 1), END_OF_DAY)


# Long enough for somebody who is slow to press, or on a weak line; a page offers it for as long as it is shown.
UNDO_FOR: Final = timedelta(minutes=10)


def just_done(closed_at: datetime | None, now: datetime) -> bool:
    """Return whether a task was recorded as done so recently that it is undone by a press, without a reason."""
    return closed_at is not None and now - closed_at <= UNDO_FOR


def next_step_counted_as(why: str | None) -> str:
    """Return the kind of task whose days a next step has. `why` is the state that requires it.

    A referral that never arrived is ours to mend the same day; an ending has until the next working day.
    """
    return "ask_worker" if why == "undeliverable" else "next_step"


def inform_person_due(now: datetime, appointment_at: datetime) -> datetime:
    """Return half the time left, and at the latest one working day before the appointment; never a past time."""
    half = now + (appointment_at - now) / 2
    here = local(appointment_at)
    latest = at_local(working_days_before(here.date(), 1), here.time())
    return max(now, min(half, latest))
