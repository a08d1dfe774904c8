"""An email beside the answers it may hold: which are possible, and what each sends. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.agency.view import Choice, appointment_of, simple
from services.console.web.form import BadField, Form

Json = dict[str, Any]

# In our words, for the worker who reads what the agency wrote.
CHOICES = (
    Choice("see", "They have seen it", "see"),
    Choice("accept", "They say yes", "accept"),
    Choice("attend", "The person came", "attend"),
    Choice("did_not_come", "Did not come", "miss"),
    Choice("turned_away", "They turned the person away", "miss"),
    Choice("agency_cancelled", "They cancelled", "miss"),
    Choice("could_not_be_reached", "They could not reach the person", "miss"),
    Choice("treat", "It goes on with them", "treat"),
    Choice("book", "There is an appointment", "book", alone=False),
    Choice("rebook", "The appointment has moved", "rebook", alone=False),
    Choice("waitlist", "On their waiting list", "waitlist"),
    Choice("question", "They ask us something", "question"),
    Choice("never_got_it", "It came to the wrong address", "never_got_it"),
    Choice("may_not_say", "They may not say whether the person came", "may_not_say"),
    Choice("complete", "It is finished as planned", "complete"),
    Choice("decline", "They say no", "decline", alone=False),
)
_ABOUT_ATTENDANCE = frozenset({"attend", "miss", "treat", "complete"})
_ASKED = frozenset({"draft", "awaiting_consent", "completed", "declined", "withdrawn"})

WHY = {
    "reference": "It names our reference.",
    "by_hand": "Someone here found out what it is about.",
    "no_reference": "It names no open reference of theirs.",
    "unknown_sender": "We do not know who sent it.",
    "no_address": "The service has no email address in our directory. Ring them and ask where to write.",
    "new_address": "The service has a new address, and what the person agreed to does not cover writing there.",
    "address": "The address does not exist or takes no email. Ask the service where to write. Put it right.",
    "mailbox_full": "Their mailbox is full, the address is right. Ring them today and ask them to make room.",
    "not_reached": "Their email system does not answer. Ring them today and check the address.",
    "unknown": "The report does not say why. Ring them today and check the address.",
    "refuses_us": "That is not the service's fault. We send the email again automatically. In a hurry, ring them.",
    "automatic": "It looks automatic, so no steps wait for it. Check whether a person wrote it.",
    "address_closed": "Ask the service where to write, then put the address right in the directory and send again.",
    "returned": "We could not tell which email of ours it is about. Ring the service to check that it arrived.",
    "complaint": "Ring the service and ask whether they want our emails.",
}
_NOTICES = {
    "absence": "They are away",
    "received": "Their mailbox received our email",
    "read_receipt": "They opened our email",
    "not_read_receipt": "They deleted our email without reading it",
    "delivered": "Our email reached their mailbox",
    "delayed": "Our email is delayed on its way",
    "automatic": "An answer that looks automatic",
    "address_closed": "Their mailbox is closed",
    "refuses_us": "Their email system refused our email",
    "returned": "An email of ours may not have arrived",
    "complaint": "Our email was reported as unwanted",
}
_REFUSED = {
    "too_large": "it is larger than 25 MB",
    "too_many_parts": "it is made of too many parts",
    "too_deep": "it holds too many emails inside each other",
    "too_slow": "it takes too long to read",
    "too_much_memory": "it is too large to take apart",
    "header_too_long": "its address lines are too long",
    "malformed": "it is damaged",
    "crashed": "it is damaged",
    "not_a_mail": "it is not an email",
    "not_a_file": "it is not a file",
}


def heading(mail: Mapping[str, Any], service: str | None) -> str:
    """Return the heading of an email on its page and in the list. `service`: the sender's name, if known."""
    if mail["status"] == "bounce":
        return "Our email did not arrive"
    if mail["status"] == "notice":
        return _NOTICES.get(mail["why"], "A report about our email")
    whom = service if mail["agency_id"] and service else "a service that is no longer listed"
    if mail["status"] == "refused":
        return f"An email from {whom} could not be read" if mail["agency_id"] else "An email could not be read"
    return f"An email from {whom}" if mail["agency_id"] else "An email from someone we do not know"


def about_it(mail: Mapping[str, Any]) -> str:
    """Return one sentence on why the email is here and what to do."""
    if mail["status"] == "refused":
        why = _REFUSED.get(mail["why"], "something went wrong here")
        return f"It could not be read: {why}. Ask the sender to send it again as a plain email, or ring them."
    if mail["for_guardian"]:
        return "It speaks of people of two teams, so neither team can read it. Tell each worker only what is theirs."
    return WHY.get(mail["why"], "")


def size(count: int) -> str:
    """Write a size as "1.8 MB"."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def offered(referral: Mapping[str, Any]) -> list[Choice]:
    """Return the answers that are possible now and that the person has agreed we may receive."""
    state, legal = referral["state"], set(referral["legal_moves"])
    if "attendance" not in (referral["may_tell_us"] or []):
        legal -= _ABOUT_ATTENDANCE
    elif state == "booked":
        legal.add("may_not_say")
    if state in _ASKED:
        return []
    legal.add("question")
    if state == "sent":
        legal.add("never_got_it")
    return [choice for choice in CHOICES if choice.needs in legal]


def recorded(form: Form, mail_id: str) -> Json:
    """Return the body of the reply that the worker read in an email: without an answer, only that it was read.

    Raises BadField for what is missing.
    """
    body: Json = {"outcome": "wrote", "mail_id": mail_id}
    if note := form.optional("note"):
        body["note"] = note
    choice = form.text("answer")
    if choice == "nothing":
        return body
    if choice not in {each.value for each in CHOICES}:
        raise BadField("answer", "choose what they say")
    return {**body, "said": {**_said(choice, form), **form.date_confirmed}}


def _said(choice: str, form: Form) -> Json:
    if choice in ("book", "rebook"):
        return {"answer": choice, "appointment": appointment_of(form, "place")}
    if choice == "decline":
        return {"answer": "decline", "reason": form.text("reason") or "other"}
    return simple(choice, form)
