"""Plots are pure: the same figures, the same picture, said in words as well."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from services.console.board.figures import funnel
from services.console.board.filters import Filters
from services.console.plots.bars import bars
from services.console.plots.drawing import Bar
from services.console.plots.fork import Stop, Twig, fork
from services.console.plots.scale import Place, scale
from services.console.plots.steps import StepMark, steps
from services.console.plots.weeks import Week, weeks


def widths(drawn: str) -> list[float]:
    return [float(each.attrib["width"]) for each in ElementTree.fromstring(drawn).iter("rect")]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    drawn = bars("b", "Title", [Bar("a", 10, "ten"), Bar("b", 5, "five", "late"), Bar("c", 0, "none")])
    assert widths(drawn) == [360, 180], "nothing has no bar"
    assert 'role="img"' in drawn
    assert "a: ten; b: five; c: none" in drawn and "mark--late" in drawn
    assert "style" not in drawn, "the policy allows no style of its own"


def test_no_figures_are_no_error_and_hostile_names_are_text() -> None:
    assert "No figures yet" in bars("b", "Title", [])
    drawn = bars("b", "Title", [Bar("<script>alert(1)</script>", 1, "1")])
    assert "<script" not in drawn
    ElementTree.fromstring(drawn)
    assert "No weeks yet" in weeks("w", "Title", [])


def test_a_week_stands_as_high_as_what_was_tried() -> None:
    monday = date(2030, 1, 7)
    drawn = weeks("w", "Contacts", [Week(monday, 2, 2), Week(monday + timedelta(weeks=1), 0, 0)])
    heights = [float(each.attrib["height"]) for each in ElementTree.fromstring(drawn).iter("rect")]
    assert heights == [60, 60]
    assert "week of 7 January: 2 reached, 2 missed" in drawn


def test_a_funnel_gives_shares_of_what_was_sent() -> None:
    found = funnel([{"state": "sent", "count": 4, "open": 3}, {"state": "accepted", "count": 1, "open": 0}])
    assert [bar.said for bar in found] == ["4 (100%), 3 open", "1 (25%), 0 open"]
    assert [bar.said for bar in funnel([{"state": "sent", "count": 0, "open": 0}])] == ["0"]
    # Whoever is open is a press away, in the same period; nobody is behind a bar of what has ended.
    asked = Filters.read(dict(parse_qsl(urlsplit(found[0].href).query))).asked()
    assert asked == {"kind": "referral", "reached": "sent"}
    since = "2030-01-07T09:00:00+00:00"
    [lately] = funnel([{"state": "booked", "count": 4, "open": 3}], since)
    filters = Filters.read(dict(parse_qsl(urlsplit(lately.href).query)))
    assert filters.asked() == {"kind": "referral", "reached": "booked", "sent_since": since}
    assert filters.behind_a_figure == (
        "Open referrals sent since Mon 7 Jan 2030 that came at least as far as “Appointment booked”."
    )
    assert Filters.read({"reached": "limbo", "sent_since": "yesterday", "unanswered": "perhaps"}).given == {}
    assert found[1].href == ""


def test_what_is_open_is_a_second_mark_on_the_bar_that_leads_to_its_rows() -> None:
    figures = [
        Bar("quick", 0.2, "less than a day", "late", open=5, href="/board?agency=a", tick=True),
        Bar("slow", 10, "10 days", open=20, href="/board?agency=b"),
        Bar("silent", None, "no usual time yet; 1 open, longest 20 days", open=20),
    ]
    drawn = ElementTree.fromstring(bars("b", "Title", figures))
    assert drawn.attrib["role"] == "group", "what lies inside an image is read to nobody"
    assert [each.attrib["href"] for each in drawn.iter("a")] == ["/board?agency=a", "/board?agency=b"]
    short, long = [each for each in drawn.iter("rect") if each.attrib["class"] != "mark mark--area"]
    # Less than a day has no length, and is seen even so: red where something is overdue.
    assert short.attrib["class"] == "mark mark--late" and float(short.attrib["width"]) > 2
    assert float(long.attrib["width"]) == 180, "on one scale with what is open"
    assert len([each for each in drawn.iter("path") if each.attrib["class"] == "line line--open"]) == 3


LONG = "Synthetic Community Respiratory Service for the Northern Boroughs and Islands"


@pytest.mark.parametrize(
    "drawn",
    [
        bars("b", "Title", [Bar(LONG, 10, "ten"), Bar("next", 5, "five")]),
        scale("s", "Title", 1, 5, [Place(LONG, 1, 5, "1"), Place("next", 2, 2, "2")]),
        steps("t", "Title", [StepMark(LONG, "today", 0), StepMark("next", "then", 5)], 5),
        fork("f", "Title", "", [Stop("Sent", "now")], (LONG, "since"), [Twig(LONG, "today", True)], "Mon 1 Jan"),
    ],
    ids=["bars", "scale", "steps", "fork"],
)
def test_a_long_name_is_whole_and_lies_over_nothing(drawn: str) -> None:
    picture = ElementTree.fromstring(drawn)
    texts = [(float(one.attrib["y"]), one.text or "") for one in picture.iter("text")]
    assert LONG in " ".join(text for _, text in texts), "no word of it is cut"
    high = float(picture.attrib["viewBox"].split()[3])
    at_the_left = sorted(float(one.attrib["y"]) for one in picture.iter("text") if float(one.attrib["x"]) < 40)
    assert all(below - above >= 16 for above, below in zip(at_the_left, at_the_left[1:], strict=False))
    assert at_the_left[-1] < high
