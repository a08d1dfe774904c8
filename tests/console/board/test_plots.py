"""Plots are pure: the same figures, the same picture, said in words as well."""

from datetime import date, timedelta
from xml.etree import ElementTree

from services.console.board.figures import funnel
from services.console.plots.bars import bars
from services.console.plots.drawing import Bar
from services.console.plots.weeks import Week, weeks


def widths(drawn: str) -> list[float]:
    return [float(each.attrib["width"]) for each in ElementTree.fromstring(drawn).iter("rect")]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    drawn = bars("b", "Title", [Bar("a", 10, "ten"), Bar("b", 5, "five", "late"), Bar("c", 0, "none")])
    assert widths(drawn) == [360, 180], "nothing has no bar"
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
    found = funnel([{"state": "sent", "count": 4}, {"state": "accepted", "count": 1}])
    assert [bar.said for bar in found] == ["4 (100%)", "1 (25%)"]
    assert [bar.said for bar in funnel([{"state": "sent", "count": 0}])] == ["0"]
