"""Each kind of task as people meet it: what it asks, where it belongs, what is pressed to do it, and what comes then.

The table is in order: of all that is owed about one person, the kind that stands first here is what their card shows.
"""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString

Place = Literal["see", "call", "came", "do"]
"""See the person; ring the service; something came in; anything else."""


@dataclass(frozen=True)
class Kind:
    """`asks` may name the {service}. `act` is the button, `to` its address; `then` is what follows once it is done."""

    asks: LiteralString
    place: Place
    act: str
    to: str
    then: LiteralString

    @property
    def said(self) -> LiteralString:
        """Return what is said once it is done: a fixed phrase, without a name."""
        return "“" + self.asks.replace("{service}", "the service") + "” is done. " + self.then


_LOG = ("Log a contact", "/people/{person}/contacts/new")
_CALL = ("Record the call", "/referrals/{referral}/call")
_WHY = ("See why it waits", "/board/{row}")
_ELSEWHERE = ("Find another service", "/referrals/choose?person={person}")
_REFERRAL = ("Open the referral", "/referrals/{referral}")
_FILE = ("Open the file", "/people/{person}")
_PLAN = ("Open the plan", "/plans/{plan}")
_PAUSE = ("Say how the pause stands", "/plans/{plan}/pause")
_EMAIL = ("Read the email", "/mails/{mail}")
_READ = ("Read it", "/oversight/{record}")

_SEEN: LiteralString = "The next contact is counted from the last time you met or spoke."
_RING: LiteralString = "If no reply comes, the next step follows on its day."
_STEPS: LiteralString = "Reminders go on until the service replies."
_PERSON: LiteralString = "What else is owed for the person is below."
_FACT: LiteralString = "It is recorded, and off every list."
_REVIEW: LiteralString = "The next one is asked for on its day."

KINDS: Final[dict[str, Kind]] = {
    # Cannot wait.
    "guardian_disagrees": Kind(
        "The guardian does not agree with a decision: speak about it today", "do", *_READ, _PERSON
    ),
    "see_after_release": Kind("Release: see the person that day or the next", "see", *_LOG, _SEEN),
    "check_bed": Kind("Release: a bed for the night", "see", *_LOG, _PERSON),
    "check_prescription": Kind("Release: prescription in place", "see", *_LOG, _PERSON),
    "check_naloxone": Kind("Release: naloxone with them", "see", *_LOG, _PERSON),
    "two_appointments": Kind(
        "Two appointments at about the same time: see to it before the person is told", "do", *_REFERRAL, _PERSON
    ),
    "declined_after_acceptance": Kind(
        "{service} said no after it had said yes", "came", *_ELSEWHERE, _PERSON
    ),
    "declined_after_acceptance_supervisor": Kind(
        "{service} said no after it had said yes: talk it over with the worker", "came", *_WHY, _PERSON
    ),
    # Where is the person? The last step of the search first.
    "check_coroner": Kind("Out of touch: ask the coroner", "see", *_LOG, _SEEN),
    "check_hospital": Kind("Out of touch: ask the hospitals", "see", *_LOG, _SEEN),
    "check_custody": Kind("Out of touch: ask the prisons", "see", *_LOG, _SEEN),
    "check_shelter": Kind("Out of touch: ask the shelters", "see", *_LOG, _SEEN),
    "tell_supervisor_not_seen": Kind(
        "Not seen for too long: talk it over with the worker", "see", *_WHY, _SEEN
    ),
    "another_way": Kind("Not seen: try another place, time or person", "see", *_LOG, _SEEN),
    "not_seen": Kind("Not seen in time: look for the person", "see", *_LOG, _SEEN),
    "first_day_back": Kind("First day back: see the person", "see", *_LOG, _SEEN),
    "check_return": Kind("Met or seen during the pause: has it ended?", "see", *_PAUSE, _PERSON),
    # An appointment.
    "what_became": Kind(
        "The appointment’s hour has passed: what became of it?", "do",
        "Say what became of it", "/referrals/{referral}/visit", _FACT,
    ),
    "inform_person": Kind(
        "Tell the person about the appointment", "see",
        "Record that the person was told", "/referrals/{referral}/told", _FACT,
    ),
    "confirm_appointment": Kind(
        "An appointment is proposed: ring {service} to confirm it", "do",
        "Record that it is right", "/referrals/{referral}/confirm", _FACT,
    ),
    "move_or_cancel_appointment": Kind(
        "The person cannot come: ask {service} to move or cancel the appointment", "call", *_CALL, _PERSON
    ),
    "go_along": Kind("Missed before: go with the person to the next appointment", "see", *_LOG, _PERSON),
    "ring_after_miss": Kind("Ring the person: they missed the appointment", "do", *_LOG, _PERSON),
    # The service waits for us, or has said something.
    "answer_question": Kind(
        "{service} needs something from us: answer them", "came",
        "Record that we answered", "/referrals/{referral}/question", _FACT,
    ),
    "answer_question_supervisor": Kind(
        "{service} waits for our answer", "came", "Record that we answered", "/referrals/{referral}/question", _STEPS
    ),
    "answer_refused": Kind(
        "{service} answered, and it could not be taken: read what they said, and ring them", "came", *_REFERRAL, _PERSON
    ),
    "answer_changed": Kind(
        "{service} took back its no after something else was done: decide which holds", "came", *_REFERRAL, _PERSON
    ),
    "read_mail": Kind("An email came: read it", "came", *_EMAIL, _FACT),
    "correct_address": Kind("Their mailbox is closed: put the address right", "came", *_EMAIL, _FACT),
    "split_mail": Kind("An email speaks of people of two teams: read it", "came", *_EMAIL, _FACT),
    # A referral that ended, or cannot go on as it is.
    "next_step": Kind(
        "The referral ended: record the next step", "do",
        "Record the next step", "/today/next-steps/{referral}", _FACT,
    ),
    "refer_again": Kind("Ended by mistake: open the referral again, or leave it", "do", *_REFERRAL, _PERSON),
    "service_shut": Kind(
        "{service} has closed: ask another one, or close the referral", "do", *_ELSEWHERE, _PERSON
    ),
    "ring_to_refer": Kind(
        "Ring {service} and make the referral: they have no email address", "call", *_CALL, _FACT
    ),
    # No reply: the last step first.
    "case_conference": Kind("No reply from {service}: talk it over together", "do", *_WHY, _STEPS),
    "offer_alternative": Kind("No reply from {service}: offer another service", "do", *_ELSEWHERE, _STEPS),
    "ask_supervisor_to_ring": Kind("No reply: ring the manager of {service}", "call", *_CALL, _RING),
    "tell_supervisor": Kind("No reply from {service} for too long", "do", *_WHY, _RING),
    "ask_worker": Kind("No reply yet: ring {service}", "call", *_CALL, _RING),
    "our_turn_supervisor": Kind("The referral waits too long for us", "do", *_WHY, _PERSON),
    "our_turn": Kind("The referral waits for us: see what is missing", "do", *_REFERRAL, _PERSON),
    "keep_postpone_withdraw": Kind(
        "Out of touch: keep, postpone or withdraw the referrals", "do", *_REFERRAL, _PERSON
    ),
    # The case, and what people owe each other.
    "waiting_for_worker": Kind(
        "Waiting for a worker", "do", "Give the case a worker", "/board/caseloads#waiting", _FACT
    ),
    "case_given": Kind("This case is yours now: read the file", "do", *_FILE, _PERSON),
    "closed_by_mistake": Kind("A death was recorded by mistake: open the case again", "do", *_PLAN, _PERSON),
    "ended_by_mistake": Kind(
        "A death or a no was recorded by mistake: look at what goes on, and what was ended", "do", *_PLAN, _PERSON
    ),
    "review_after_said_no": Kind("Ask what their no means for what is under way", "do", *_FILE, _PERSON),
    "speak_together_supervisor": Kind("Speak with the worker about what happened", "do", *_FILE, _PERSON),
    "speak_together": Kind("Speak with your supervisor about what happened", "do", *_FILE, _PERSON),
    "read_override": Kind(
        "Information may be shared without consent: read the decision", "do", *_READ, _FACT
    ),
    "read_disclosure": Kind(
        "Information was shared without consent: read what and why", "do", *_READ, _FACT
    ),
    "read_no_opened": Kind(
        "A no was reopened without the person’s own word: read why", "do", *_READ, _FACT
    ),
    "read_override_supervisor": Kind(
        "The guardian decided to share without consent: read it", "do", *_READ, _FACT
    ),
    "read_disclosure_supervisor": Kind(
        "Information was shared on the guardian’s decision: read it", "do", *_READ, _FACT
    ),
    "read_no_opened_supervisor": Kind("The guardian reopened a no: read why", "do", *_READ, _FACT),
    "confirm_address": Kind(
        "An address or a number of a service was changed: a second person confirms it", "do",
        "Look at it", "/contact-changes", _FACT,
    ),
    "overdue": Kind("A task is overdue", "do", *_WHY, _PERSON),
    # A rhythm: never before a person who is not found.
    "look_again": Kind("Has the pause ended?", "do", *_PAUSE, _PERSON),
    "ask_release_date": Kind("Ask for the release date", "do", *_PAUSE, _REVIEW),
    "prison_contact": Kind("Contact in prison", "see", *_LOG, _REVIEW),
    "ward_visit": Kind("Visit the person on the ward", "see", *_LOG, _REVIEW),
    "review": Kind(
        "Look at the plan together", "do", "Record the review", "/board/{plan}/act/reviewed", _REVIEW
    ),
    "phase_ends": Kind("The phase of the plan ends: what comes next?", "do", *_PLAN, _PERSON),
    "outcome_form": Kind(
        "Fill in the needs form", "do", "Fill in the needs form", "/plans/{plan}/needs", _REVIEW
    ),
}  # fmt: skip

_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}

# The steps of a referral that no service answers: a later one takes the place of an earlier one.
REPLY_LADDER: Final = frozenset(
    {"case_conference", "offer_alternative", "ask_supervisor_to_ring", "tell_supervisor", "ask_worker"}
)

# Asked again and again, on a day that nobody waits for.
RHYTHM: Final = frozenset({"prison_contact", "ward_visit", "review", "phase_ends", "outcome_form"})

# Asked because a contact is due for long.
NOT_SEEN: Final = frozenset({"not_seen", "another_way"})

# An email is read on its own page, whoever it is about.
EMAILS: Final = frozenset({"read_mail", "correct_address", "split_mail"})


def of(kind: str) -> Kind:
    """Return the words for a kind of task."""
    found = KINDS.get(kind)
    return found or Kind("Something is to be done", "do", "Open it", "", "What else is owed is below.")


def rank(kind: str) -> int:
    """Return the place of a kind in the order; one without words comes last."""
    return _RANK.get(kind, len(_RANK))


def they_did(what: str) -> str:
    """Write what a service did, in the board's words. On a person's card "they" would be the person."""
    return f"{{service}} {what}"
