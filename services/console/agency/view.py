"""Which answers a page offers, and what each sends. Pure: no service is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.agency.words import FINISHED, REASONS, WAYS, Phase
from services.console.web.form import BadField, Form
from services.console.web.when import DAY_EXAMPLE

Json = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One answer on the page. `needs`: what the API must allow for it; `alone`: no further field belongs to it."""

    value: str
    label: str
    needs: str
    hint: str | None = None
    alone: bool = True


# In the order in which a referral proceeds, the likeliest of each state first.
CHOICES = (
    Choice("see", "We have seen it", "see", "You decide later."),
    Choice("accept", "We take it on", "accept", "The appointment comes later."),
    Choice("treat", "It goes on with us", "treat"),
    Choice("book", "There is an appointment", "book", alone=False),
    Choice("waitlist", "It is on our waiting list", "waitlist"),
    Choice("came", "The person came", "attend"),
    Choice("did_not_come", "The person did not come", "miss"),
    Choice("turned_away", "The person was turned away", "miss"),
    Choice("agency_cancelled", "We cancelled", "miss"),
    Choice("could_not_be_reached", "We could not reach the person", "miss"),
    Choice("rebook", "The appointment has moved", "rebook", alone=False),
    Choice("question", "We need to know something first", "question", alone=False),
    Choice("ring_me", "Please ring us", "ring_me"),
    Choice("cannot_reach", "We cannot reach the person", "cannot_reach"),
    Choice("not_us", "This is not for us", "decline", alone=False),
    Choice("wrong_address", "This came to the wrong address", "never_got_it"),
    Choice("may_not_say", "We may not say whether the person came", "may_not_say"),
    Choice("take_back", "Our last answer was a mistake", "take_back", "Then you can answer anew.", alone=False),
    Choice("ended", "", "decline", alone=False),
)
# Which big answer holds which answer; the rest is under "not yet".
WAY_OF = {
    **dict.fromkeys(("accept", "book", "waitlist", "came", "treat"), "yes"),
    **dict.fromkeys(("not_us", "wrong_address", "ended"), "no"),
    "take_back": "mistake",
}
# Chosen beforehand on the next page, where it is among several.
_LIKELY = frozenset({"accept", "came"})


@dataclass(frozen=True)
class Way:
    """One big answer, and the answers it leads to. `likely`: the one that is chosen beforehand there."""

    value: str
    label: str
    hint: str
    choices: list[Choice]
    likely: str | None


# In these states the service has not accepted, so nothing can have ended.
_BEFORE = frozenset({"sent", "undeliverable", "acknowledged", "waitlisted"})
_MISSES = frozenset({"did_not_come", "turned_away", "agency_cancelled", "could_not_be_reached"})
_PLAIN = {"came": "attend", "wrong_address": "never_got_it"}
# Answers that may be explained in words; each has a field of its own on the page.
NOTED = ("question", "ring_me", "cannot_reach", "not_us", "ended")


def offered(line: Mapping[str, Any]) -> list[Choice]:
    """Return the answers that this referral allows now."""
    legal, before = set(line["answers"]), line["state"] in _BEFORE
    found = [
        choice
        for choice in CHOICES
        if choice.needs in legal and choice.value != "ended" and not (choice.value == "not_us" and not before)
    ]
    if "decline" in legal or "complete" in legal:
        label = "We cannot take it on, because ..." if before else "It has ended with us, because ..."
        found.append(Choice("ended", label, "decline", alone=False))
    return found


def ways(line: Mapping[str, Any]) -> list[Way]:
    """Return the big answers of the first page, each with what may be said more exactly one page on."""
    found = offered(line)
    phase = _phase(line["state"])
    return [
        Way(value, *WAYS[value][phase], choices, _likely(choices))
        for value in WAYS
        if (choices := [choice for choice in found if WAY_OF.get(choice.value, "not_yet") == value])
    ]


def way_of(line: Mapping[str, Any], value: str) -> Way | None:
    """Return the way of this name, or the one with the answer of this name."""
    return next(
        (way for way in ways(line) if value == way.value or value in {choice.value for choice in way.choices}), None
    )


def _phase(state: str) -> Phase:
    if state in _BEFORE:
        return "before"
    return state if state in ("accepted", "booked") else "after"


def _likely(choices: Sequence[Choice]) -> str | None:
    if len(choices) == 1:
        return choices[0].value
    return next((choice.value for choice in choices if choice.value in _LIKELY), None)


def reasons(line: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the reasons for an ending that this referral allows now."""
    finished = [FINISHED] if "complete" in line["answers"] else []
    return finished + (list(REASONS) if "decline" in line["answers"] else [])


def said(form: Form) -> tuple[str, Json]:
    """Return the chosen answer and its request body. Raises BadField for what is missing."""
    choice = form.text("answer")
    if choice not in {each.value for each in CHOICES}:
        raise BadField("answer", "choose what you want to tell us")
    body = {**_answer(choice, form), **form.date_confirmed}
    if choice in NOTED and (note := form.optional(f"note-{choice}")):
        body["note"] = note
    if theirs := form.optional("their_reference"):
        body["their_reference"] = theirs
    return choice, body


def alone(choice: str) -> Json:
    """Return the request body of an answer from a list. Raises BadField for one that needs more fields, or is none."""
    if choice not in {each.value for each in CHOICES if each.alone}:
        raise BadField("answer", "choose one of the answers")
    return _answer(choice, Form())


def _answer(choice: str, form: Form) -> Json:
    if choice in ("book", "rebook"):
        appointment = appointment_of(form, "place", "bring")
        confirmed = form.ticked("safe_contact_confirmed")
        return {"answer": choice, "appointment": appointment, "safe_contact_confirmed": confirmed}
    if choice == "not_us":
        return {"answer": "decline", "reason": "wrong_service"}
    if choice == "ended":
        return _ended(form)
    if choice == "take_back" and form.text("takes_back").isdecimal():
        return {"answer": choice, "takes_back": int(form.text("takes_back"))}
    if choice == "question" and not form.text("note-question"):
        raise BadField("note-question", "write what you need to know")
    return simple(_PLAIN.get(choice, choice), form)


def simple(answer: str, form: Form) -> Json:
    """Return the body of an answer that needs at most a day. Raises BadField for an invalid day."""
    if answer in _MISSES:
        return {"answer": "miss", "miss_kind": answer}
    if answer == "waitlist" and (until := form.day("until", ahead=True)):
        return {"answer": "waitlist", "until": until.isoformat()}
    return {"answer": answer}


def appointment_of(form: Form, *more: str) -> Json:
    """Return the appointment's time and those `more` fields that are filled in. Raises BadField without a time."""
    at = form.moment("appointment.at", ahead=True)
    if at is None:
        raise BadField("appointment.at", f"type the day and the time, {DAY_EXAMPLE}")
    told = {name: form.optional(f"appointment.{name}") for name in more}
    return {"at": at.isoformat(), **{name: value for name, value in told.items() if value}}


def _ended(form: Form) -> Json:
    reason = form.text("reason")
    if reason == FINISHED[0]:
        return {"answer": "complete"}
    if reason not in {value for value, _ in REASONS}:
        raise BadField("reason", "choose why")
    return {"answer": "decline", "reason": reason}


def fields_of(choice: str) -> dict[str, str]:
    """Return the page's name for each field of the API that has another one there."""
    return {"note": f"note-{choice}", "answer": "answer"}


def in_order(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort by the date an answer is due; rows that need none come last."""
    return sorted(lines, key=lambda line: (line["answer_by"] is None, line["answer_by"] or "", line["reference"]))
