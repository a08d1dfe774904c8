"""Which answers a page offers, in which state, and what is sent for each."""

import pytest

from services.console.agency import view
from services.console.agency.words import FINISHED, REASONS, SAID, STATES, THEN, TOLD, WAYS
from services.console.mail import view as mails
from services.console.web.form import BadField, Form
from services.referrals.codes import DeclineReason, State
from services.referrals.referral.schemas import Told
from services.referrals.reply.schemas import Said
from tests.console.agency.conftest import PRONOUNS

EVERY = ["see", "accept", "waitlist", "book", "rebook", "attend", "miss", "treat", "complete", "decline", "question"]
EVERY += ["ring_me", "cannot_reach", "never_got_it", "may_not_say"]


def form(**fields: str) -> Form:
    return Form({name.replace("__", "."): [value] for name, value in fields.items()})


FILLED = {
    "reason": "no_capacity",
    "note-question": "which floor?",
    "appointment.at-day": "3",
    "appointment.at-month": "3",
    "appointment.at-year": "2027",
    "appointment.at-time": "14.30",
    "safe_contact_confirmed": "yes",
}


@pytest.mark.parametrize("choice", [one.value for one in view.CHOICES])
def test_every_choice_is_an_answer_the_api_takes(choice: str) -> None:
    said, body = view.said(form(answer=choice, their_reference="A-1", **FILLED))
    taken = Said.model_validate({key: body[key] for key in body if key not in ("note", "safe_contact_confirmed")})
    assert said == choice and taken.their_reference == "A-1" and choice in SAID


@pytest.mark.parametrize("choice", [one.value for one in mails.CHOICES])
def test_every_choice_beside_a_mail_is_one_too(choice: str) -> None:
    body = mails.recorded(form(answer=choice, **FILLED), "an id")
    assert Said.model_validate(body["said"])


@pytest.mark.parametrize("state", [state.value for state in State])
def test_what_is_offered_is_possible_and_said_once(state: str) -> None:
    line = {"state": state, "answers": EVERY}
    found = view.offered(line)
    assert len({choice.label for choice in found}) == len(found)
    assert view.offered({"state": state, "answers": []}) == []
    assert all(
        choice.needs in ("see", "decline") for choice in view.offered({"state": state, "answers": ["see", "decline"]})
    )


@pytest.mark.parametrize("state", [state.value for state in State])
def test_every_answer_stands_behind_one_of_three(state: str) -> None:
    line = {"state": state, "answers": [*EVERY, "take_back"]}
    found = view.ways(line)
    assert [way.value for way in found] == ["yes", "not_yet", "no", "mistake"]
    held = [choice.value for way in found for choice in way.choices]
    assert sorted(held) == sorted(choice.value for choice in view.offered(line))
    for way in found:
        assert way.likely is None or way.likely in {choice.value for choice in way.choices}
        assert view.way_of(line, way.value) == way == view.way_of(line, way.choices[-1].value)
    assert view.way_of(line, "") is None
    assert [way.value for way in view.ways({"state": state, "answers": ["take_back"]})] == ["mistake"]


def test_what_is_missing_is_named_at_its_field() -> None:
    wanting = {
        "answer": form(),
        "reason": form(answer="ended"),
        "note-question": form(answer="question"),
        "appointment.at": form(answer="book"),
    }
    for field, sent in wanting.items():
        with pytest.raises(BadField) as wrong:
            view.said(sent)
        assert wrong.value.wrong.field == field
    with pytest.raises(BadField):
        view.alone("book")


def test_the_words_leave_nothing_out_and_tell_nothing() -> None:
    assert set(STATES) == {state.value for state in State} - {"draft", "awaiting_consent"}
    assert {reason for reason, _ in REASONS} == {reason.value for reason in DeclineReason} - {"wrong_service"}
    assert set(TOLD) == set(Told.model_fields) - {"safe_contact"}
    words = [*STATES.values(), *SAID.values(), *THEN.values(), FINISHED[1], *(words for _, words in REASONS)]
    words += [part for choice in view.CHOICES for part in (choice.label, choice.hint or "")]
    words += [part for phases in WAYS.values() for pair in phases.values() for part in pair]
    assert not [each for each in words if PRONOUNS.search(each)]
