"""The words for casework's codes on the board."""

from collections.abc import Mapping
from typing import Any, Final

from services.console.web import words
from services.console.web.notices import NOTICES
from shared.practice.ladder import asked_as

TASKS = {
    "tell_supervisor": "No reply from a service",
    "ask_supervisor_to_ring": "Ring the service’s manager",
    "case_conference": "Talk it over together",
    "declined_after_acceptance_supervisor": "The service said no after it had said yes",
    "waiting_for_worker": "Somebody waits for a worker",
    "speak_together_supervisor": "Speak with the worker about what happened",
    "tell_supervisor_not_seen": "Not seen for too long",
    "closed_by_mistake": "A death was recorded by mistake: open the case again",
    "ended_by_mistake": "A death or a no was recorded by mistake: look at what goes on",
    "answer_refused": "Read an answer of a service that could not be taken, and ring them",
    "answer_changed": "Their no was a mistake, and something else was done instead: say which holds",
    "refer_again": "Open a referral again that was ended by mistake",
    "overdue": "An overdue task",
    "read_override": "Read a decision to share without consent",
    "read_disclosure": "Read what was shared without consent",
    "read_no_opened": "Read why a no was reopened",
    "read_override_supervisor": "Read the guardian’s decision to share without consent",
    "read_disclosure_supervisor": "Read what was shared on the guardian’s decision",
    "read_no_opened_supervisor": "Read why the guardian reopened a no",
    "guardian_disagrees": "The guardian does not agree with a decision: speak about it today",
    "service_shut": "A service has closed: ask another one, or close the referral",
    "ask_worker": "Ring the service",
    "offer_alternative": "Look for another service",
    "our_turn": "See what a referral waits for from us",
    "our_turn_supervisor": "A referral waits too long for us",
    "answer_question": "Answer a service’s question",
    "answer_question_supervisor": "A service waits for our answer",
    "read_mail": "Read an email from a service",
    "correct_address": "Put the email address of a service right",
    "confirm_address": "A changed address or number waits for a second person",
    "split_mail": "Read an email about people of two teams",
    "inform_person": "Tell the person about the appointment",
    "ring_to_refer": "Ring a service and make the referral",
    "confirm_appointment": "Ring the service: is the appointment right?",
    "what_became": "Say what became of the appointment",
    "next_step": "Record the next step",
    "two_appointments": "Two appointments at about the same time",
    "not_seen": "Not seen: try to meet the person",
    "another_way": "Try another place, time or person",
    "review": "Look at the plan together",
    "outcome_form": "Fill in the needs form",
    "look_again": "Ask whether the pause has ended",
    "see_after_release": "Release: see the person that day or the next",
    "check_naloxone": "Release: naloxone with them",
    "check_prescription": "Release: prescription in place",
    "check_bed": "Release: a bed for the night",
}

HAPPENED = {
    "mail_waits": "An email from the service came",
    "mail_read": "The service’s email was read",
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
    "question_answered": "Its question was answered",
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
    return "our own rule (ours)" if given == "ours" else given


def task(kind: str) -> str:
    return TASKS.get(kind, words.plain(kind).capitalize())
