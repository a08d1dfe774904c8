"""The words for casework's codes on the board."""

from collections.abc import Mapping
from typing import Any, Final

from services.console.web import words
from services.console.web.notices import NOTICES
from shared import clock
from shared.practice.ladder import asked_as

HAPPENED = {
    "mail_waits": "An email from the service came",
    "mail_read": "The service’s email was read",
    "mail_wrote": "The service wrote an email: no news",
    "call_spoke": "Rang the service: spoke, no news",
    "call_left_message": "Rang the service: left a message",
    "call_nobody": "Rang the service: nobody answered",
    "call_never_got_it": "Rang the service: they say it never came",
    "dates": "Dates were recorded",
    "stall_reason": "Why it waits was recorded",
    "may_tell_us": "What the service may tell us has changed",
    "agency_may_not_say": "The service may not say whether the person came",
    "told_changed": "What is shared was changed",
    "drafted": "The referral was written",
    "send": "Sent",
    "agreed": "Consent was recorded, and it was sent",
    "resend": "Sent again",
    "bounce": "Our email did not arrive",
    "sent_back": "Their email system refused our email: it waits and is sent again",
    "see": "The service has seen it",
    "waitlist": "Put on a waiting list",
    "accept": "Accepted",
    "book": "An appointment was made",
    "rebook": "The appointment was moved",
    "confirmed": "The service confirmed the appointment",
    "told": "The person was told about the appointment",
    "attend": "Attended",
    "miss": "The appointment was missed",
    "treat": "Treatment began or goes on",
    "complete": "Completed",
    "decline": "The service said no",
    "withdraw": "Withdrawn",
    "reopen": "Reopened",
    "service_shut": "The service has closed",
    "call_needed": "The service has no email address: somebody is to ring them",
    "email_waits": "Our email has not left: it is tried again",
    "not_agreed_yet": "Held back: not agreed",
    "correct": "Recorded by mistake, and taken back",
    "question_raised": "The service asked something",
    "question_more": "The service asked something more",
    "question_answered": "Its question was answered",
    "their_reference": "The service gave its own reference",
    "steps_resolved": "What was owed for it is no longer owed",
    "extend": "The service was given more days",
    **NOTICES,
    "escalate_now": "The next step was taken early",
    "acknowledge": "Somebody is on it",
    "offer_alternative": "Another service is looked for",
    "started": "The plan was started",
    "contact_met": "Met",
    "contact_spoke": "Spoke",
    "contact_sighted": "Sighted",
    "contact_missed": "An attempt without success",
    "contact_struck": "A contact was recorded by mistake, and was struck",
    "held_again": "Paused again: what had ended the pause was a mistake",
    "opened_again": "It goes on",
    "ended_by_mistake": "What ended it was recorded by mistake",
    "answer_refused": "The service answered, and it could not be taken",
    "edited": "How often we meet was changed",
    "goal_added": "A goal was added",
    "action_added": "Something to do was added",
    "action_done": "Something agreed was done",
    "action_not_done": "Something agreed is open again",
    "held": "Paused",
    "resumed": "Goes on after a pause",
    "pause_confirmed": "Somebody said how the pause stands",
    "reviewed": "The plan was looked at together",
    "reassigned": "Another worker carries on",
    "closed": "Closed",
    "reopened": "Reopened",
    "recounted": "Dates were counted anew: a bank holiday was added or taken back",
    "retry": "Tried again",
}
# The decision that a note belongs to.
NOTED = {
    **HAPPENED,
    "hold": "Paused",
    "resume": "Went on after a pause",
    "pause": "Said how the pause stands",
    "review": "Looked at the plan together",
    "reassign": "Given to another worker",
    "close": "Closed",
    "reopen": "Reopened",
    "acknowledge": "We are on it",
}
STEPS = {
    **words.RUNGS,
    "contact": "see the person",
    "review": "look at the plan together",
    "outcome_form": "fill in the needs form",
    "another_way": "try another place, time or person",
    "lost_contact": "ask prison, hospital, coroner and shelters",
    "look_again": "ask whether the pause has ended",
    "watch": "see the person: first days after a risk",
    "hold_contact": "contact the person where they are",
    "ask_weekly": "ask for the release date",
    "hold_eve": "the day before: naloxone, prescription, bed",
    "hold_end": "the pause ends: see the person that day or the next",
    "phase_ends": "decide about the next phase",
    "our_turn": "ask the worker to do it",
    "our_turn_supervisor": "tell the supervisor that it waits for us",
    "answer_question": "ask the worker to answer them",
    "answer_question_supervisor": "tell the supervisor that they wait",
}
# In a plan the same step is about the person, not about an agency.
PLAN_STEPS = {"ask_worker": "ask the worker to see the person"}
WHO = {"agency": "the service", "us": "us", "person": "the person", "nobody": "nobody"}
# Read, and an opinion given, on a page of their own.
OVERSIGHT: Final = frozenset(
    {"read_override", "read_disclosure", "read_no_opened"}
    | {"read_override_supervisor", "read_disclosure_supervisor", "read_no_opened_supervisor"}
)
# Closed by recording the fact itself, not by ticking it off.
BY_FACT: Final = frozenset(
    {
        "inform_person",
        "answer_question",
        "next_step",
        "waiting_for_worker",
        "read_mail",
        "correct_address",
        "split_mail",
    }
    | {"ring_to_refer", "confirm_appointment"}
    | OVERSIGHT
)


def step(action: str, kind: str = "referral") -> str:
    """Return a step by itself, as a request: "remind the service"."""
    return (PLAN_STEPS if kind == "plan" else {}).get(action) or STEPS.get(action, words.plain(action))


def happened(entry: Mapping[str, Any], kind: str = "referral") -> str:
    """Write one line of a timeline."""
    what, detail = str(entry["what"]), entry.get("detail", {})
    if what.startswith("step_"):
        said = step(asked_as(str(detail.get("action", what)), str(detail.get("waits_on"))), kind)
        return f"Automatic: {said}" if what == "step_fired" else f"Skipped, because a later step came first: {said}"
    said = HAPPENED.get(what, words.plain(what).capitalize())
    if what == "send" and detail.get("to_state") != "sent":
        said = "Approved for sending"
    if detail.get("proposed"):
        said = "An appointment was proposed over the link"
    if reason := detail.get("reason"):
        said += f" ({words.plain(reason)})"
    if at := detail.get("appointment_at"):
        said += f", for {words.moment(at)}"
    if until := detail.get("until"):
        said += f" until {words.day(until)}"
    return said


def noted(command: str) -> str:
    """Return which decision a note belongs to."""
    return NOTED.get(command, words.plain(command).capitalize())


def source(given: str) -> str:
    """Write where a rule comes from."""
    return "our own rule" if given == "ours" else given


_PAUSED: Final = {"custody": "In prison", "hospital": "In hospital", "away": "Away"}
_OVER: Final = {"custody": "was to be released", "hospital": "was to leave", "away": "was to be back"}


def paused(hold: Mapping[str, Any] | None) -> str:
    """Write a pause as "In prison, until Fri 11 Dec", for wherever the person is named; empty without one.

    Once that day has gone by, nobody knows: "In prison, was to be released Fri 11 Dec".
    """
    if hold is None:
        return ""
    said = _PAUSED.get(hold["kind"], "Paused")
    if not hold["until"]:
        return said
    over = clock.local_date(clock.now()) > clock.local_date(words.instant(hold["until"]))
    until = _OVER.get(hold["kind"], "was to end") if over else "until"
    return f"{said}, {until} {words.day(hold['until'])}"
