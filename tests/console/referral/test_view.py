"""What the pages work out by themselves: warnings, what is covered, words an agency reads, the picture."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.console.referral import picture, view, words, writing
from services.console.referral.calls import Compose
from services.console.web import casework_words
from services.console.web.form import BadField, Form
from services.referrals.codes import Move

NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)
RULES: dict[str, Any] = {
    "channels": ["in_person"], "by_whom": "us", "when": None, "details": "rings 07700 900123 at his sister's",
    "voicemail": "nothing", "voicemail_words": None,
}  # fmt: skip


def consent(**more: Any) -> dict[str, Any]:
    usual = {"id": "1", "agency_id": "a", "live": True, "given_at": "2027-01-01", "may_tell": ["safe_contact"]}
    return {**usual, **more}


def given(pathway: str | None = "tb", fees: str | None = None, language: dict[str, Any] | None = None) -> Compose:
    person = {"alias": "Sam", "safe_contact": RULES, "language": language, "died_at": None, "said_no": None}
    return Compose(person, {"pathway": pathway, "fees": fees, "agency_id": "a"}, [], None, ("Alex", "020 7946 0000"))


@pytest.mark.parametrize("pathway", sorted(view.FREE))
def test_nobody_is_frightened_away_from_what_is_free_for_everybody(pathway: str) -> None:
    found = view.warning({"pathway": pathway, "fees": "ask at the desk"})
    assert found.free and not found.needed


@pytest.mark.parametrize(
    ("pathway", "fees", "charges", "passes_on"),
    [("hospital", None, True, True), ("housing", None, False, True), (None, "£10 a visit", True, False)],
)
def test_before_a_charge_or_passing_on_the_person_is_warned(
    pathway: str, fees: str, charges: bool, passes_on: bool
) -> None:
    found = view.warning({"pathway": pathway, "fees": fees})
    assert (found.charges, found.passes_on, found.needed) == (charges, passes_on, True)


def test_where_only_we_may_reach_the_person_the_number_stays_with_us() -> None:
    assert "07700" not in view.safe_contact(RULES)
    ours = view.safe_contact({**RULES, "by_whom": "us_and_agencies", "channels": ["phone", "text"]})
    assert "07700" in ours and "by phone or by text" in ours and "Leave no voicemail." in ours


def test_no_sentence_for_an_agency_uses_a_pronoun() -> None:
    sentences = [sentence for needs in view.NEEDS.values() for _, sentence, _ in needs]
    sentences += [view.safe_contact(RULES), *view.TOLD.values(), *(value for value, _ in words.ENTITLED)]
    for sentence in sentences:
        assert not re.search(r"\b(he|him|his)\b", sentence, re.IGNORECASE), sentence


def test_each_part_needs_its_own_yes_and_the_newest_counts() -> None:
    told = {"safe_contact": "x", "need": "y", "worker_phone": "z"}
    old = consent(given_at="2026-01-01", may_tell=["safe_contact", "health"])
    found = view.agreed(told, ["health"], [old, consent()], "a")
    assert list(found.missing) == ["need", "about.health"] and found.kinds == ["health"] and not found.whole
    assert view.agreed(told, ["health"], [consent(may_tell=["safe_contact", "health"])], "a").whole
    for other in (consent(live=False), consent(agency_id="b")):
        assert view.agreed(told, [], [other], "a").consent is None


def test_a_need_without_named_kinds_can_still_be_agreed_to() -> None:
    found = view.agreed({"need": "y", "language": "z"}, [], [], "a")
    assert view.agreed({"need": "y", "language": "z"}, [], [consent(may_tell=found.kinds)], "a").whole


@pytest.mark.parametrize(
    ("days", "unanswered", "said"),
    [
        (None, 0, None), (0.2, 0, "Usually replies within a day"),
        (1.0, 0, "Usually replies in 1 day"), (3.2, 0, "Usually replies in 3 days"),
        (1.0, 2, "Usually replies in 1 day, 2 of 9 not answered yet"),
        (None, 8, "Has not replied to 8 of 9 referrals, the longest for 50 days"),
    ],
)  # fmt: skip
def test_our_own_figures_count_those_who_never_answered(days: float | None, unanswered: int, said: str | None) -> None:
    longest = 50.2 if unanswered else None
    figures = {
        "median_days_to_answer": days, "sent": 9, "unanswered": unanswered, "longest_unanswered_days": longest,
    }  # fmt: skip
    assert view.usually(figures) == said


def form(**fields: str | list[str]) -> Form:
    return Form(
        {name.replace("__", "."): [value] if isinstance(value, str) else value for name, value in fields.items()}
    )


def test_the_minimum_is_told() -> None:
    body = writing.told_by(form(need="assess"), given())
    assert set(body["told"]) == {"safe_contact", "need", "worker_first_name", "worker_phone"}
    assert body["about"] == ["health"]


def test_own_words_say_what_they_speak_of() -> None:
    with pytest.raises(BadField) as wrong:
        writing.told_by(form(need="assess", told__need="the person coughs"), given())
    assert wrong.value.wrong.field == "about"
    body = writing.told_by(form(told__need="a bed", about=["accommodation", "nonsense"]), given())
    assert body == {**body, "about": ["accommodation"]} and body["told"]["need"] == "a bed"
    with pytest.raises(BadField):
        writing.told_by(form(), given())


def test_only_what_is_on_file_and_ticked_is_added() -> None:
    language = {"speaks": ["Polish"], "reads": [], "interpreter_needed": False, "may_interpret": []}
    known = given(language=language)
    told = writing.told_by(form(need="assess", include=["language", "interpreter", "case_id"]), known)["told"]
    assert told["language"] == "Speaks Polish" and "interpreter" not in told and "case_id" not in told


def test_what_was_written_fits_its_form_again() -> None:
    sent = form(need="assess", told__need="and a chest X-ray", include=["first_name"], about=["health"])
    body = writing.told_by(sent, given())
    again = writing.as_form(body["told"], body["about"], "tb")
    assert (again["need"], again["words"]) == ("assess", "and a chest X-ray")
    assert again["include"] == ["first_name"] and again["about"] == ["health"]


def referral(state: str, entry: int = 2, **more: Any) -> dict[str, Any]:
    usual = {"state": state, "stage_entry": entry, "since": "2027-03-01T09:00:00Z", "stalled": False, "walk_in": False}
    return {**usual, **more}


def line(move: str, came_from: str, to: str, entry: int) -> dict[str, Any]:
    return {
        "move": move, "from_state": came_from, "to_state": to, "stage_entry": entry, "reason": None,
        "occurred_at": "2027-03-01T09:00:00Z", "version": entry,
    }  # fmt: skip


def step(action: str, at: str, outcome: str = "planned", entry: int = 2, clock: str = "any.sent") -> dict[str, Any]:
    return {
        "action": action, "at": at, "not_before": None, "outcome": outcome, "stage_entry": entry, "paused": False,
        "recorded_outcome_at": None, "clock": clock,
    }  # fmt: skip


def ladder(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"clocks": [{"clock": "any.sent", "whose": "agency"}, {"clock": "any.told", "whose": "us"}], "steps": steps}


def test_what_is_ours_asks_nobody_to_ring_them() -> None:
    steps = [step("ask_worker", "2027-03-12T09:30:00Z", clock="any.told"), step("ask_worker", "2027-03-13T09:30:00Z")]
    found = [mark for mark in picture.draw(referral("booked"), [], ladder(*steps), NOW).marks if mark.is_step]
    assert found[0].words == "If it is not done: Ask the worker to see to it (Fri 12 Mar)"
    assert found[1].words == "If nobody answers: Ask the worker to ring them (Sat 13 Mar)"


def test_the_picture_stands_on_one_place_between_what_was_and_what_may_follow() -> None:
    history = [line("draft", "draft", "draft", 1), line("send", "draft", "sent", 2)]
    steps = [
        step("remind_agency", "2027-03-08T09:30:00Z", "fired"),
        step("ask_worker", "2027-03-12T09:30:00Z"),
        step("ask_worker", "2027-03-12T09:30:00Z", entry=1),
        step("tell_supervisor", "2027-03-14T09:30:00Z", "void"),
    ]
    found = picture.draw(referral("sent"), history, ladder(*steps), NOW)
    kinds = [mark.kind for mark in found.marks]
    assert kinds == ["past", "now", "step_done", "step", *["later"] * 5]
    assert found.marks[1].words.startswith("We are here: Sent")
    # The good way is one line with the one of now on it, and the steps are a branch of that, with today between them.
    assert [(stop.label, stop.kind) for stop in found.stops][:3] == [
        ("Written", "past"), ("Sent", "now"), ("Seen", "later"),
    ]  # fmt: skip
    drawn = ElementTree.fromstring(found.drawn)
    texts = [each.text for each in drawn.iter("text")]
    assert texts.index("Remind the service") < texts.index("Ask the worker to ring them")
    assert "Today, Wed 10 Mar" in texts and texts.count("Sent") == 2
    squares = [(each.attrib["class"], float(each.attrib["y"])) for each in drawn.iter("rect")]
    assert [kind for kind, _ in squares] == ["step-done", "step"] and squares[0][1] < squares[1][1]
    assert drawn.find("desc") is not None and "We are here: Sent" in "".join(drawn.itertext())


@pytest.mark.parametrize(
    ("state", "reached", "kinds"),
    [
        ("draft", [], ["now", *["later"] * 6]),
        ("waitlisted", ["sent"], ["past", "past", "now", *["later"] * 4]),
        ("booked", ["sent", "booked"], [*["past"] * 4, "now", "later", "later"]),
        ("completed", ["sent", "attended"], [*["past"] * 6, "ended"]),
        ("declined", ["sent", "acknowledged"], ["past", "past", "ended", *["later"] * 4]),
        ("withdrawn", [], ["ended", *["later"] * 6]),
        ("undeliverable", ["sent"], ["now", *["later"] * 6]),
    ],
)
def test_every_state_has_one_place_on_the_good_way(state: str, reached: list[str], kinds: list[str]) -> None:
    history = [line("draft", "draft", "draft", 1), *(line("x", "before", to, n) for n, to in enumerate(reached, 2))]
    found = picture.draw(referral(state, entry=9), history, ladder(), NOW)
    assert [stop.kind for stop in found.stops] == kinds
    ElementTree.fromstring(found.drawn)


def test_a_day_of_several_stops_is_written_once() -> None:
    history = [line("draft", "draft", "draft", 1), line("send", "draft", "sent", 2)]
    found = picture.draw(referral("acknowledged", entry=3), history, ladder(), NOW)
    assert [stop.when for stop in found.stops[:2]] == ["1 Mar", "1 Mar"] and found.drawn.count(">1 Mar<") == 1


def test_a_walk_in_has_a_short_way() -> None:
    found = picture.draw(referral("attended", walk_in=True), [line("draft", "draft", "draft", 1)], ladder(), NOW)
    assert [stop.label for stop in found.stops] == ["Written", "Attended", "Done"]


def test_waiting_too_long_is_said_in_words_too() -> None:
    found = picture.draw(referral("sent", stalled=True), [], ladder(), NOW)
    assert found.marks[0].kind == "late" and "waiting too long" in found.marks[0].words


def test_an_ending_has_nothing_after_it() -> None:
    found = picture.draw(referral("declined"), [], ladder(step("ask_worker", "2027-03-12T09:30:00Z")), NOW)
    assert [mark.kind for mark in found.marks] == ["ended"]


def test_a_long_way_is_cut_at_its_beginning() -> None:
    history = [line("see", f"s{n}", "sent", n) for n in range(1, 20)]
    past = [
        mark for mark in picture.draw(referral("sent", entry=30), history, ladder(), NOW).marks if mark.kind == "past"
    ]
    assert len(past) == picture.MOST_PAST + 1 and past[0].label == "14 more before"


def test_changes_are_what_came_after_what_was_seen() -> None:
    history = [line("draft", "draft", "draft", 1), line("send", "draft", "sent", 4)]
    assert [one["move"] for one in view.changes(history, 1)] == ["send"]
    assert view.changes(history, 4) == []


def recorded_decisions() -> set[str]:
    """Every decision that referrals writes into a history by its own name."""
    sources = Path("services/referrals").rglob("*.py")
    named = re.compile(r'\b(?:decision|what) ?= ?"([a-z_]+)"')
    return {found for source in sources for found in named.findall(source.read_text("utf-8"))}


# Said more exactly than by their name, or under another one on the board.
OTHERWISE = {Move.SEND, Move.MISS, "draft", "question"}
IN_A_HISTORY = {*Move, *recorded_decisions(), *(move for move in words.DONE if not move.endswith("_approved"))}


@pytest.mark.parametrize("move", sorted(IN_A_HISTORY - OTHERWISE))
def test_whatever_is_in_a_history_has_words_there_and_on_the_board(move: str) -> None:
    assert move in words.DONE and move in casework_words.HAPPENED
