"""The words of the referral pages, beyond those that other pages share."""

from collections.abc import Mapping
from typing import Any

from services.console.web.notices import NOTICES
from shared.practice.explain import WHY_NOT_LEFT

Json = Mapping[str, Any]
Choice = tuple[str, str]

DONE = {
    "draft": "Written",
    "told_changed": "What is told was changed",
    "send_approved": "Approved for sending",
    "agreed_approved": "Asked again whether it may leave",
    "resend_approved": "Approved for sending again",
    "agreed": "Sent: consent is recorded",
    "resend": "Sent again",
    "not_agreed_yet": "Held back: not agreed",
    "call_needed": "No email address: ring them",
    "email_waits": "Our email has not left",
    "bounce": "Did not arrive",
    "sent_back": "Their email system refused our email: it waits and is sent again",
    "service_shut": "The service has closed",
    "see": "Seen by the service",
    "waitlist": "On their waiting list",
    "accept": "Accepted",
    "book": "Appointment made",
    "rebook": "Appointment moved",
    "told": "The person was told about the appointment",
    "attend": "Attended",
    "treat": "In treatment",
    "complete": "Completed",
    "decline": "The service said no",
    "withdraw": "Withdrawn",
    "reopen": "Reopened",
    "correct": "Recorded by mistake, and taken back",
    "ended_by_mistake": "What ended it was recorded by mistake",
    "question": "They asked us something",
    "question_more": "They asked us something more",
    "question_answered": "We answered their question",
    "their_reference": "They gave their own reference",
    "stall_reason": "Why it waits",
    "recounted": "Dates were counted anew: a bank holiday was added or taken back",
    "dates": "Dates were recorded",
    "agency_may_not_say": "They may not say whether the person came",
    "may_tell_us": "What they may tell us has changed",
    "mail_waits": "An email from them came",
    "mail_read": "Their email was read",
    "mail_wrote": "They wrote an email: no news",
    **NOTICES,
    "call_spoke": "Rang them: spoke, no news",
    "call_left_message": "Rang them: left a message",
    "call_nobody": "Rang them: nobody answered",
    "call_never_got_it": "Rang them: it never came",
    "extend": "They were given more time",
    "acknowledge": "Somebody is on it",
    "escalate_now": "The next step was taken early",
    "offer_alternative": "Another service is looked for",
}
MISSES: tuple[Choice, ...] = (
    ("did_not_come", "Did not come"),
    ("not_told", "Nobody had told the person"),
    ("turned_away", "They turned the person away"),
    ("agency_cancelled", "The service cancelled"),
    ("could_not_be_reached", "The person could not be reached"),
    ("in_custody_or_hospital", "In prison or hospital"),
)
DECLINES: tuple[Choice, ...] = (
    ("no_capacity", "No room"),
    ("not_eligible", "Not eligible"),
    ("out_of_area", "Out of their area"),
    ("wrong_service", "Wrong service"),
    ("not_enough_information", "Not enough information"),
    ("documents_missing", "Documents are missing"),
    ("could_not_reach_person", "They could not reach the person"),
    ("missed_appointments", "Missed appointments"),
    ("risk", "Risk"),
    ("known_elsewhere", "Already with another service"),
    ("person_declined", "They did not want it"),
    ("other", "Another reason"),
)
WITHDRAWALS: tuple[Choice, ...] = (
    ("person_declined", "They did not want it"),
    ("consent_withdrawn", "Consent was withdrawn"),
    ("ours", "We decided so"),
    ("died", "Died"),
    ("opened_in_error", "Opened in error"),
)
STALLS: tuple[Choice, ...] = (
    ("agency_not_answering", "They do not answer"),
    ("no_capacity_or_waiting_list", "No room, or a waiting list"),
    ("wrong_service", "It is the wrong service"),
    ("they_say_it_never_came", "They say it never came"),
    ("waiting_for_documents", "Waiting for documents"),
    ("no_identity_paper_accepted", "No identity paper is accepted"),
    ("person_not_informed", "The person was not told"),
    ("cannot_be_found", "The person cannot be found"),
    ("in_custody", "In prison"),
    ("in_hospital", "In hospital"),
    ("changed_mind", "A change of mind"),
    ("other", "Something else"),
)
HOW_TOLD: tuple[Choice, ...] = (
    ("in_person", "Face to face"),
    ("phone", "By phone"),
    ("text", "By text"),
    ("letter", "By letter"),
    ("through_named_contact", "Through a contact the person named"),
)
HOW_GIVEN: tuple[Choice, ...] = (
    ("spoken", "In person"),
    ("written", "In writing"),
    ("by_phone", "By phone"),
    ("by_text", "By text"),
    ("through_interpreter", "Through an interpreter"),
)
ENTITLED: tuple[Choice, ...] = (
    ("", "Say nothing of it"),
    ("Free for this person.", "Free for this person"),
    ("Please ask us first.", "Ask us first"),
    ("There may be a charge.", "May be charged"),
)
# Answers of an agency, as a worker reports them.
ANSWERS = {
    "see": "They have seen it, nothing decided yet",
    "accept": "They say yes",
    "waitlist": "On their waiting list",
    "book": "There is an appointment",
    "rebook": "The appointment is moved",
    "attend": "Attended",
    "miss": "The appointment did not happen",
    "treat": "In treatment, and it continues",
    "complete": "It is finished on their side",
    "decline": "They say no",
    "question": "They need something from us",
    "may_not_say": "They may not say whether the person came",
}
# An answer that could not be taken: what they wanted to say.
COULD_NOT_BE_TAKEN = {
    "see": "they have seen it",
    "accept": "they say yes",
    "waitlist": "the person is on their waiting list",
    "book": "they gave an appointment",
    "rebook": "they moved the appointment",
    "attend": "the person was there",
    "miss": "the appointment did not happen",
    "treat": "treatment goes on",
    "complete": "it is finished on their side",
    "decline": "they say no",
    "bounce": "our email never came",
    "never_got_it": "our email never came",
    "question": "they ask something",
    "question_answered": "their question was answered",
    "ring_me": "they ask us to ring",
    "cannot_reach": "they cannot reach the person",
    "may_not_say": "they may not say whether the person came",
    "take_back": "their last answer was a mistake",
    "fresh_link": "they ask for a new link, and none is sent",
}
# What an agency needs of us, when it wrote nothing beside it.
ASKED = {"ring_me": "Please ring us.", "cannot_reach": "We cannot reach the person."}
NOT_ARRIVED = {
    "address": "The address does not exist or takes no email",
    "mailbox_full": "Their mailbox is full",
    "not_reached": "Their email system does not answer",
    "unknown": "The report does not say why",
}
_THEN = {
    "address": "Ask the service where to write and put the address right. Then send it again.",
    "mailbox_full": "The address is right. Ring them today and ask them to make room. Then send it again.",
}


def not_arrived(code: str | None) -> str:
    """Write why our email did not arrive, and what to do before it is sent again."""
    why = f"{NOT_ARRIVED[code]}. " if code in ("address", "mailbox_full", "not_reached") else ""
    return why + _THEN.get(code or "", "Ring them to check the address, then send it again.")


_REASONS = {**NOT_ARRIVED, **WHY_NOT_LEFT, **dict(MISSES), **dict(DECLINES), **dict(WITHDRAWALS), **dict(STALLS)}


def reason(code: str | None) -> str:
    """Write a structured reason; nothing for None."""
    return "" if code is None else _REASONS.get(code, code.replace("_", " "))


def done(line: Json) -> str:
    """Write one line of the history."""
    move = line["move"]
    if move == "send":
        return "Sent" if line["to_state"] == "sent" else "Held back: no consent for all of it"
    if move == "miss":
        return reason(line["reason"]) or "The appointment did not happen"
    if move == "answer_refused":
        said = COULD_NOT_BE_TAKEN.get(line["reason"] or "", reason(line["reason"]))
        return f"The service answered, and it could not be taken: {said}"
    words = DONE.get(move, str(move).replace("_", " "))
    return f"{words}: {reason(line['reason'])[:1].lower()}{reason(line['reason'])[1:]}" if line["reason"] else words
