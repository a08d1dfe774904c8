"""What the pages of the rules work out by themselves: words, pictures, and what a form asks for."""

from typing import Any
from xml.etree import ElementTree

import pytest

from services.console.backend.errors import Refused
from services.console.ladders import picture, words, writing
from services.console.plots.steps import StepMark, steps
from services.console.web.form import Form
from shared.http.problems import Wrong
from shared.practice.clock_table import DEFAULT_CLOCKS
from shared.practice.model import clock_as_json

OPENED = "2026-11-30T10:00:00+00:00"
ASK = {"action": "ask_worker", "when": "at", "days": 0, "every": None}
TELL = {"action": "tell_supervisor", "when": "after", "days": 2, "every": None}
RING = {"action": "ask_supervisor_to_ring", "when": "after", "days": 3, "every": 20}


def clock(*rungs: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "key": "any.sent", "name": "reply clock", "pathway": "any", "from_event": "sent", "starts_when": None,
        "asks": "have you seen it?", "whose": "agency", "length": {"n": 5, "unit": "working_days"}, "ladder": "default",
        "steps": list(rungs), "off_reason": "", "source": "ours", "source_kind": "ours", "version": 1,
        "as_default": True,
    }  # fmt: skip
    return {**usual, **more}


def case(*rungs: tuple[dict[str, Any], str], up: str = "2026-12-07T09:30:00+00:00", **more: Any) -> dict[str, Any]:
    placed = [{**rung, "at": at, "working_days": 0} for rung, at in rungs]
    usual = {"opened_at": OPENED, "appointment_at": None, "in_hours": False, "deadline": up, "bank_holidays": []}
    return {**usual, "steps": placed, **more}


def form(**fields: str | list[str]) -> Form:
    usual: dict[str, str | list[str]] = {
        "length.n": "5", "length.unit": "working_days", "how": "own", "source_kind": "ours", "rows": ["0", "7"],
        "ladder.0.action": "ask_worker", "ladder.0.when": "at", "ladder.7.action": "tell_supervisor",
        "ladder.7.when": "after", "ladder.7.days": "2",
    }  # fmt: skip
    given = {name.replace("__", "."): value for name, value in fields.items()}
    return Form({name: [v] if isinstance(v, str) else v for name, v in {**usual, **given}.items()})


def wrong(sent: Form) -> list[str]:
    with pytest.raises(Refused) as refused:
        writing.asked(sent)
    return [one.field for one in refused.value.errors]


# -- words


def test_every_rule_in_force_has_a_name_without_a_code() -> None:
    names = {words.title(clock_as_json(one)) for one in DEFAULT_CLOCKS}
    assert {"Reply clock", "Not sent yet", "Completed", "The service said no", "Withdrawn"} <= names
    assert not [name for name in names if "_" in name or "No clock in" in name]
    assert "Hepatitis C" in {words.pathway(clock_as_json(one)) for one in DEFAULT_CLOCKS}


def without_year(said: str) -> str:
    """Whatever year the test is run in."""
    return said.replace(" 2026", "")


@pytest.mark.parametrize("rule", DEFAULT_CLOCKS, ids=lambda rule: rule.key)
def test_every_rule_begins_in_words_and_has_a_turn(rule: Any) -> None:
    shown = clock_as_json(rule)
    if rule.length is not None:
        assert "_" not in words.begins(shown) and len(words.begins(shown).split()) > 2, "say it in words.py"
    assert words.turn(shown) and words.source(shown) and words.lasts(shown["length"])


def test_whose_rule_it_is() -> None:
    assert words.source(clock()) == "ours"
    assert words.source(clock(source="agreed on 3 March")) == "ours (agreed on 3 March)"
    assert words.source(clock(source="ours: no national figure found")) == "ours (no national figure found)"
    assert words.source(clock(source="NICE QS141", source_kind="cited")) == "NICE QS141"


def test_the_list_says_how_long_and_how_many_steps() -> None:
    still: dict[str, Any] = {"in_force_until": None}
    assert words.summary(clock(ASK, TELL, **still)) == "5 working days, 2 steps"
    assert words.summary(clock(**still, ladder="off")) == "5 working days, no steps"
    assert words.summary(clock(length=None, off_reason="done", **still)) == "no time runs: done"
    assert words.summary(clock(in_force_until="2010-12-31")).endswith("Fri 31 Dec 2010: not in force any more")


def test_the_typical_case_is_told() -> None:
    assert without_year(words.case(clock(), case())) == "A referral is sent on Mon 30 Nov at 10am, and nobody answers."
    telling = clock(from_event="booked", whose="us")
    told = words.case(telling, case(appointment_at="2026-12-14T14:00:00+00:00"))
    assert without_year(told).endswith("for Mon 14 Dec at 2pm, and nothing is done.")


def test_what_differs_is_said_with_its_days() -> None:
    before = clock(ASK, TELL)
    after = clock({**ASK}, {**TELL, "days": 1}, RING, ladder=[], length={"n": 3, "unit": "working_days"})
    cases = (
        case((ASK, "2026-12-07T09:30:00+00:00"), (TELL, "2026-12-09T09:30:00+00:00")),
        case(
            (ASK, "2026-12-03T09:30:00+00:00"), (TELL, "2026-12-04T09:30:00+00:00"), (RING, "2026-12-08T09:30:00+00:00")
        ),
    )
    assert words.differences(before, after, cases) == [
        "It may take 3 working days, instead of 5 working days.",
        "Ask the worker to ring them: on Thu 3 Dec, instead of Mon 7 Dec.",
        "Tell the supervisor: 1 working day after the time is up (Fri 4 Dec), instead of 2 working days after "
        "the time is up (Wed 9 Dec).",
        "New: ask the supervisor to ring their manager, 3 working days after the time is up, then every 20 working "
        "days (Tue 8 Dec).",
    ]
    gone = words.differences(before, clock(TELL, source="agreed"))
    assert gone == ["No longer: ask the worker to ring them.", "Source: ours (agreed), instead of ours."]
    off = words.differences(before, clock(ladder="off", off_reason="they ring us"))
    assert off == ["There are no automatic steps any more. Why: they ring us"]
    assert words.differences(before, before, (cases[0], cases[0])) == []


# -- the picture


def test_a_picture_has_every_step_and_the_end_of_the_time_in_order() -> None:
    shown = case((ASK, "2026-12-07T09:30:00+00:00"), (RING, "2026-12-10T09:30:00+00:00"))
    marks = picture.marks(clock(ASK, RING), shown)
    assert [(mark.label, mark.when, mark.up) for mark in marks] == [
        ("The time is up", "Mon 7 Dec", True),
        ("Ask the worker to ring them", "Mon 7 Dec", False),
        ("Ask the supervisor to ring their manager", "Thu 10 Dec, and again", False),
    ]
    assert picture.in_words(clock(ASK, RING), shown)[2].endswith(
        "manager (3 working days after the time is up, then every 20 working days)"
    )


def test_an_urgent_case_says_the_hour() -> None:
    shown = case((ASK, "2026-11-30T16:00:00+00:00"), up="2026-12-01T10:00:00+00:00", in_hours=True)
    assert [mark.when for mark in picture.marks(clock(ASK, whose="us"), shown)] == [
        "Mon 30 Nov at 4pm",
        "Tue 1 Dec at 10am",
    ]


def test_two_pictures_share_a_scale() -> None:
    short, long = case(), case((TELL, "2026-12-14T09:30:00+00:00"))
    scale = picture.longest(short, long)
    assert scale == picture.longest(long) > picture.longest(short)
    drawn = picture.draw("now", "As it is", clock(), short, scale)
    [bar] = [float(each.attrib["width"]) for each in ElementTree.fromstring(drawn).iter("rect")]
    assert 170 < bar < 190, "half of the other's"


def test_a_picture_is_safe_and_says_the_same_in_words() -> None:
    drawn = steps("s", "Title", [StepMark("<b>one</b>", "today", 0), StepMark("up", "tomorrow", 5, up=True)], 5)
    assert "<b>" not in drawn and "style" not in drawn
    assert "tomorrow: up" in drawn
    widths = [float(each.attrib["width"]) for each in ElementTree.fromstring(drawn).iter("rect")]
    assert widths == [3, 359], "what happens at once is seen"
    late = steps("s", "Title", [StepMark("up", "now", 5, up=True), StepMark("late", "then", 10)], 10)
    assert [each.attrib["class"] for each in ElementTree.fromstring(late).iter("rect")] == [
        "mark mark--now", "mark", "mark mark--late",
    ]  # fmt: skip
    ElementTree.fromstring(steps("s", "Title", [StepMark("up", "now", 0, up=True)], 0))


# -- the form


def test_a_form_asks_for_the_change_it_shows() -> None:
    assert writing.asked(form(agreed="the team")) == {
        "length": {"n": 5, "unit": "working_days"},
        "ladder": [
            {"action": "ask_worker", "when": "at", "days": 0},
            {"action": "tell_supervisor", "when": "after", "days": 2},
        ],
        "source_kind": "ours",
        "source": "ours: the team",
    }
    assert writing.asked(form())["source"] == writing.THE_TEAMS, "not this project's own any more"
    off = writing.asked(form(how="off", off_reason="no", source_kind="cited", source="NICE", length__n="3"))
    assert (off["ladder"], off["off_reason"], off["source"], off["source_kind"]) == ("off", "no", "NICE", "cited")
    day = writing.asked(form(length__n="", length__unit="same_day"))
    assert day["length"] == {"n": 0, "unit": "same_day"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"length__n": ""}, ["length.n"]),
        ({"length__n": "0"}, ["length.n"]),
        ({"length__n": "five"}, ["length.n"]),
        ({"length__n": "99999"}, ["length.n"]),
        ({"length__unit": "same_day"}, ["length.n"]),
        ({"ladder__7__days": ""}, ["ladder.7.days"]),
        ({"ladder__7__days": "0"}, ["ladder.7.days"]),
        ({"ladder__7__days": "-1", "ladder__7__every": "x"}, ["ladder.7.days", "ladder.7.every"]),
        ({"ladder__0__days": "2"}, ["ladder.0.days"]),
        ({"rows": []}, ["how"]),
        ({"how": "off"}, ["off_reason"]),
        ({"agreed": "x" * 181}, ["agreed"]),
        ({"source_kind": "cited"}, ["source"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(fields: dict[str, Any], named: list[str]) -> None:
    assert wrong(form(**fields)) == named


def test_what_the_api_finds_wrong_stands_at_its_row() -> None:
    found = [Wrong("ladder.1.days", "x", "y"), Wrong("source", "x", "y"), Wrong("ladder", "x", "y")]
    refused = writing.at_its_row(Refused(422, "", found, {}), form())
    assert [one.field for one in refused.errors] == ["ladder.7.days", "agreed", "how"]
    cited = writing.at_its_row(Refused(422, "", found[1:2], {}), form(source_kind="cited"))
    assert [one.field for one in cited.errors] == ["source"]


def test_steps_are_added_and_taken_away_and_keep_their_names() -> None:
    rows = writing.rows_sent(form())
    assert [row.number for row in writing.pressed(rows, "remove-0", clock())] == ["7"]
    more = writing.pressed(rows, "add", clock())
    assert [row.number for row in more] == ["0", "7", "8"] and more[-1].action == "remind_agency"
    assert [row.number for row in writing.pressed([], "add", clock())] == ["0"]
    hostile = form(rows=["0", "0", "<b>", "-1", "12345", *map(str, range(50))])
    assert len(writing.rows_sent(hostile)) == 12


def test_where_it_is_our_turn_only_ours_are_steps() -> None:
    assert writing.actions(clock(whose="us")) == ["ask_worker", "tell_supervisor"]
    assert len(writing.actions(clock())) == 6


def test_what_was_agreed_is_shown_again() -> None:
    for said in ("", "by the team on 3 March"):
        sent = writing.asked(form(agreed=said))
        assert writing.agreed(clock(source=sent["source"])) == said
    assert writing.agreed(clock()) == writing.agreed(clock(source="NICE QS141", source_kind="cited")) == ""


def test_the_same_rule_is_no_change() -> None:
    sent = writing.asked(form())
    own = clock(ladder=[TELL, ASK])
    assert writing.same(own, sent) and writing.same({**own, "source": writing.THE_TEAMS}, sent)
    assert not writing.same(clock(), sent)
    assert not writing.same({**own, "length": {"n": 4, "unit": "working_days"}}, sent)
    assert not writing.same({**own, "source": "agreed"}, sent)
    assert writing.same(clock(), {"as_default": True}) and not writing.same(clock(as_default=False), {"as_default": 1})
