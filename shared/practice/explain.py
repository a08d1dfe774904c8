"""Why something waits, in the words of the board: a pure function of the rows.

The explanation does not depend on the current time, so it can be stored and compared; `stalled`, which depends
on it, is a function of its own. An explanation names nobody and never uses the words *stalled*, *ladder* or
*rung*: a page says "waiting too long" and "step" (vocabulary, "Words on pages").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.practice.calendar import local_day
from shared.practice.model import Clock

Who = Literal["agency", "us", "person", "nobody"]
Subject = Literal["referral", "plan"]

_PAUSED = {"custody": "prison", "hospital": "hospital", "away": "away"}
_PAUSE_ENDS = {
    "custody": "release from prison",
    "hospital": "discharge from hospital",
    "away": "the person to come back",
}

# By state of a referral: what it waits for, on whom when no clock defines it, and what would move it on.
_REFERRAL: dict[str, tuple[str, Who, str]] = {
    "draft": ("somebody to send it", "us", "sending it, or a walk-in visit"),
    "awaiting_consent": ("consent to share", "us", "recording consent"),
    "sent": ("a reply from the service", "agency", "any reply from the service"),
    "undeliverable": (
        "a way to reach the service",
        "us",
        "sending it again, or word that the service had it after all",
    ),
    "acknowledged": (
        "the service's decision",
        "agency",
        "a yes, a no, a waiting list or an appointment from the service",
    ),
    "waitlisted": ("a place on the waiting list", "us", "a place, a new date or a no from the service"),
    "accepted": ("an appointment from the service", "agency", "a date for the appointment"),
    "booked": (
        "the appointment, and word of what became of it",
        "agency",
        "recording that it was kept or missed, or a new date",
    ),
    "attended": (
        "the next step after the visit",
        "us",
        "a next visit, treatment, or the end of the referral",
    ),
    "in_treatment": ("word that treatment goes on", "us", "recording that it goes on or has ended"),
    "completed": ("nothing: it is done", "nobody", "reopening it, with a note"),
    "declined": ("nothing: the service said no", "nobody", "reopening it, with a note"),
    "withdrawn": ("nothing: it has ended", "nobody", "reopening it, with a note"),
}
# Why a referral is not with the agency, where there is a known reason; also when it would be sent again.
_HELD_BACK: dict[str, tuple[str, Who, str]] = {
    "not_covered": (
        "consent to share all of it",
        "us",
        "recording consent for the rest too, or a new referral that shares less",
    ),
    "expired": ("new consent: the last one has expired", "us", "recording consent"),
    "withdrawn": ("new consent: the last one was withdrawn", "us", "recording consent"),
    # The email was sent and did not arrive.
    "address": (
        "the right address of the service: ours does not exist or takes no email",
        "us",
        "asking them where to write and putting the address right",
    ),
    "mailbox_full": (
        "our call to the service: their mailbox is full",
        "us",
        "ringing them and asking them to make room",
    ),
    "not_reached": (
        "our call to the service: their email system does not answer",
        "us",
        "ringing them and checking the address",
    ),
    "unknown": (
        "our call to the service: our email did not arrive, and nobody says why",
        "us",
        "ringing them and checking the address",
    ),
}
# The referral was approved and its agency has not been informed yet: by what we wait for.
_SENDING: dict[str, tuple[str, Who, str]] = {
    "email": ("our email to leave: it has not been sent yet", "us", "nothing: we send it automatically"),
    "call": (
        "our call to the service: it has no email address, nobody has told them yet",
        "us",
        "ringing them and recording the call",
    ),
}
_NOT_LEFT = "our email has not been sent: "
WHY_NOT_LEFT: dict[str, str] = {
    "no_relay": "no email relay is set up",
    "mail_folder": "the email folder cannot be written",
    "relay_away": "the email relay cannot be reached",
    "relay_not_encrypted": "the email relay does not offer encryption",
    "relay_sign_in": "the email relay does not accept our sign-in",
    "relay_refuses_sender": "the email relay refuses our sender address",
    "relay_refuses_us": "the email relay refuses to take it from us",
    "relay_quota": "the email relay takes no more from us for now",
    "relay_says_later": "the email relay asks us to try later",
    "relay_says_too_big": "the email relay says that it is too big",
    "their_system_refuses_us": "the service's email system refuses to take it from us",
    "their_system_says_later": "the service's email system asks us to try later",
    "intake_away": "it cannot be checked now whether it may be told",
}
_UNTOLD: tuple[str, Who, str] = (
    "somebody to tell the person of the appointment",
    "us",
    "recording that the person has been told",
)
_PROPOSED: tuple[str, Who, str] = (
    "somebody to ring the service: an appointment is proposed, not confirmed",
    "us",
    "recording that the service confirmed it, or another appointment",
)
_QUESTION: tuple[str, Who, str] = ("our answer to the service's question", "us", "recording our answer")

# By stage of a case; a plan's own phases wait for the next contact.
_PLAN: dict[str, tuple[str, Who, str]] = {
    "waiting": ("a worker", "us", "a worker with room"),
    "lost_contact": ("word of where the person is", "us", "meeting, speaking or a sighting"),
    "said_no": ("the person, who said no", "person", "the person asking for us again"),
    "closed": ("nothing: it is closed", "nobody", "reopening it, with a note"),
}
_CONTACT: tuple[str, Who, str] = (
    "the next contact with the person",
    "us",
    "meeting or speaking with the person",
)

_STEPS: dict[str, str] = {
    "remind_agency": "remind the service",
    "tell_supervisor": "tell the supervisor",
    "ask_supervisor_to_ring": "ask the supervisor to ring their manager",
    "offer_alternative": "offer another service",
    "case_conference": "ask for a case conference",
    "another_way": "try another place, time or person, and tell the supervisor",
    "lost_contact": "mark contact as lost and check prison, hospital, coroner and shelters",
    "contact": "see the person",
    "review": "review the plan",
    "outcome_form": "fill in the needs form",
    "look_again": "ask the worker whether the pause has ended",
    "watch": "meet or sight the person: first days after a risk",
    "hold_contact": "contact the person where they are",
    "ask_weekly": "ask for the release date",
    "hold_eve": "prepare the release: naloxone, prescription, bed",
    "hold_end": "the pause ends: see the person that day or the next",
}


@dataclass(frozen=True)
class Running:
    """A running clock and when it runs out; `paused` while a question is open."""

    clock: Clock
    deadline: datetime
    paused: bool = False


@dataclass(frozen=True)
class WaitFacts:
    """The facts about one referral or plan, from its rows.

    `state` is the referral's state, or the plan's phase or case stage. `since` is the `occurred_at` that opened it.
    `next_action` is a step's action (`ask_worker`, `review`, ...) and `next_at` when it is due. `level` counts the
    steps that fired in this stage entry. `acknowledged_until` is set while somebody is on it; `held_back` is why intake
    last refused a permit for a referral, or why our email did not arrive. `sending` is set from the approval until the
    agency is informed: `email`, `call`, or a code of what keeps our email from leaving. `rule` and `rule_source` are a
    plan's (a cadence is no clock); a referral's come from its clocks.
    """

    subject: Subject
    state: str
    since: datetime
    running: tuple[Running, ...] = ()
    next_action: str | None = None
    next_at: datetime | None = None
    level: int = 0
    told: bool = True
    proposed: bool = False
    question_since: datetime | None = None
    acknowledged_until: datetime | None = None
    hold: str | None = None
    hold_since: datetime | None = None
    needs_help: str | None = None
    rule: str = ""
    rule_source: str = ""
    off_reason: str = ""
    held_back: str | None = None
    sending: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Why something waits, on whom, and what comes next by itself."""

    waiting_for: str
    who: Who
    since: datetime
    rule: str
    rule_source: str
    next_step: str
    next_at: datetime | None
    level: int
    unlocks: str


def nearest(running: Iterable[Running]) -> Running | None:
    """Return the clock that runs out first (or ran out longest ago); a paused one only when no other runs."""
    return min(running, key=lambda each: (each.paused, each.deadline), default=None)


def step_words(action: str, who: Who, subject: Subject = "referral") -> str:
    """Return the name of a step for a page."""
    if action == "ask_worker":
        if subject == "plan":
            return "ask the worker to see the person"
        return "ask the worker to ring them" if who == "agency" else "ask the worker to see to it"
    return _STEPS.get(action, action.replace("_", " "))


def _day(at: datetime) -> str:
    day = local_day(at)
    return f"{day.day} {day:%B %Y}"


def _situation(facts: WaitFacts) -> tuple[str, Who, str]:
    if facts.subject == "plan":
        return _PLAN.get(facts.state, _CONTACT)
    words = _REFERRAL.get(facts.state)
    if words is None:
        raise ValueError(f"the referral state {facts.state!r} is not known; one of {', '.join(_REFERRAL)}")
    if facts.sending is not None:
        known = _SENDING.get(facts.sending)
        why = WHY_NOT_LEFT.get(facts.sending, "it is tried again")
        return known or (_NOT_LEFT + why, "us", "putting that right: we try again automatically")
    if facts.state in ("awaiting_consent", "undeliverable") and facts.held_back in _HELD_BACK:
        missing, on_us, then = _HELD_BACK[facts.held_back]
        return missing, on_us, then if facts.state == "awaiting_consent" else f"{then}, then sending it again"
    waiting_for, who, unlocks = words
    if facts.state == "booked" and facts.proposed:
        return _PROPOSED
    if facts.state == "booked" and not facts.told:
        return _UNTOLD
    if who == "nobody":
        return words
    # The state's own clock has its holder (an agency that may not tell us the outcome of a visit is not asked).
    stage = next(
        (each.clock for each in facts.running if each.clock.kind == "stage" and each.clock.from_event == facts.state),
        None,
    )
    return waiting_for, stage.whose if stage else who, unlocks


def explain(facts: WaitFacts) -> Explanation:
    """Explain what a referral or plan waits for, on whom, by which rule, and which step comes next by itself.

    The most urgent cause wins: help needed, then a hold of the plan, then an open question, then the state.
    """
    ended = facts.state in ("completed", "declined", "withdrawn", "closed")
    waiting_for, who, unlocks = _situation(facts)
    since, rule, source = facts.since, facts.rule, facts.rule_source
    shown = None if ended else nearest(facts.running)
    if shown is not None:
        rule, source = shown.clock.rule(), shown.clock.source
    if facts.question_since is not None and not ended:
        (waiting_for, who, unlocks), since = _QUESTION, facts.question_since
    if facts.hold is not None and facts.subject == "plan" and not ended:
        paused = f"paused ({_PAUSED.get(facts.hold, facts.hold)})"
        waiting_for, who = _PAUSE_ENDS.get(facts.hold, "the end of the pause"), "person"
        unlocks = "recording that it has ended"
        since = facts.hold_since or since
        rule, source = rule or paused, source or "ours"
    if facts.needs_help is not None and not ended:
        waiting_for, who = f"help: {facts.needs_help}", "us"
        unlocks = "putting it right and trying again"
    if ended:
        next_step, next_at = "nothing more", None
    elif facts.next_action is None:
        off = facts.off_reason or (shown.clock.off_reason if shown else "")
        next_step, next_at = "no automatic step" + (f": {off}" if off else ""), facts.next_at
        if facts.sending is not None:
            next_step = "ring the service and record the call" if facts.sending == "call" else "send our email"
    else:
        next_step, next_at = step_words(facts.next_action, who, facts.subject), facts.next_at
    if facts.needs_help is not None and facts.next_action is None and not ended:
        next_step = "put right what was refused and try again"
    if facts.acknowledged_until is not None and not ended:
        next_step += f" (somebody is on it until {_day(facts.acknowledged_until)})"
    return Explanation(waiting_for, who, since, rule, source, next_step, next_at, facts.level, unlocks)


def stalled(running: Iterable[Running], now: datetime) -> bool:
    """Return whether a referral waits too long: a clock held by the agency has run out and no question paused it."""
    return any(each.clock.whose == "agency" and not each.paused and each.deadline <= now for each in running)
