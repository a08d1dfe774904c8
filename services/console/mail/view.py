"""A mail beside the answers it may hold: which are possible, and what is sent. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.agency.view import Choice, appointment_of, simple
from services.console.web.form import BadField, Form

Json = dict[str, Any]

# In our words, to the worker who reads what they wrote.
CHOICES = (
    Choice("see", "They have seen it", "see"),
    Choice("accept", "They take him on", "accept"),
    Choice("attend", "He came", "attend"),
    Choice("did_not_come", "He did not come", "miss"),
    Choice("turned_away", "They turned him away", "miss"),
    Choice("agency_cancelled", "They cancelled", "miss"),
    Choice("could_not_be_reached", "They could not reach him", "miss"),
    Choice("treat", "It goes on with them", "treat"),
    Choice("book", "There is an appointment", "book", alone=False),
    Choice("rebook", "The appointment has moved", "rebook", alone=False),
    Choice("waitlist", "He is on their waiting list", "waitlist"),
    Choice("question", "They ask us something", "question"),
    Choice("never_got_it", "It came to the wrong address", "never_got_it"),
    Choice("may_not_say", "They may not say whether he came", "may_not_say"),
    Choice("complete", "It is finished as planned", "complete"),
    Choice("decline", "They say no", "decline", alone=False),
)
_ABOUT_ATTENDANCE = frozenset({"attend", "miss", "treat", "complete"})
_ASKED = frozenset({"draft", "awaiting_consent", "completed", "declined", "withdrawn"})

WHY = {
    "reference": "It names our reference.",
    "by_hand": "One of us found out what it is about.",
    "no_reference": "It names no open reference of theirs.",
    "unknown_sender": "We do not know who sent it.",
    "no_address": "The agency has no mail address in our directory.",
}


def offered(referral: Mapping[str, Any]) -> list[Choice]:
    """What they may have answered, as far as it is possible now and he agreed that they may tell us."""
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
    """What the worker read in it. BadField for what is missing; without an answer, only that it was read."""
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
