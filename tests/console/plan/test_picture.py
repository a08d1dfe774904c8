"""The picture of a plan: its phases, and the steps of its past and future on one spine with today between them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from services.console.plan.picture import MOST_AHEAD, MOST_PAST, draw
from services.console.web import words

NOW = datetime(2030, 1, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def day(days: int) -> str:
    return (NOW + days * DAY).isoformat()


def since() -> str:
    """With its year when that is not this year, whichever that is: other tests move the clock."""
    return f"since {words.day(day(-20))}"


def plan(**more: Any) -> dict[str, Any]:
    return {
        "phase": "try_out", "phase_since": day(-20), "stage": "open", "stage_since": day(-20), "hold": None,
        "steps": [], "last_contact_at": None, "last_contact_kind": None, "closed_at": None, "closing_reason": None,
        **more,
    }  # fmt: skip


def fired(action: str, days: int, outcome: str = "fired") -> dict[str, Any]:
    return {"clock": "contact", "action": action, "at": day(days), "outcome": outcome, "settled_at": day(days)}


def coming(action: str, days: int) -> dict[str, Any]:
    return {"at": day(days), "action": action, "clock": "contact"}


def drawn(*given: Any, **more: Any) -> list[tuple[str, float, str]]:
    """The texts and squares of the picture from top to bottom: what, how far down, the words or the class."""
    shown = ElementTree.fromstring(draw(*given, **{"late": False, "now": NOW, **more}).drawn)
    found = [("text", float(one.attrib["y"]), one.text or "") for one in shown.iter("text")]
    found += [("square", float(one.attrib["y"]), one.attrib["class"]) for one in shown.iter("rect")]
    return sorted(found, key=lambda each: each[1])


def test_past_and_future_stand_on_one_spine_with_today_between() -> None:
    steps = [
        fired("ask_worker", -3),
        fired("another_way", -2),
        fired("review", 9, "planned"),
        fired("review", -9, "void"),
    ]
    met = plan(steps=steps, last_contact_at=day(-12), last_contact_kind="met")
    seen = drawn(met, [coming("lost_contact", 4), coming("review", 30)])
    texts = [text for what, _, text in seen if what == "text"]
    spine = ["Met", "Ask the worker to see the person", "Try another place, time or person", "Today, Wed 16 Jan"]
    spine += ["Ask prison, hospital, coroner and", "shelters", "Look at the plan together"]
    assert [text for text in texts if text in spine] == spine
    assert [kind for what, _, kind in seen if what == "square"] == ["step-done"] * 3 + ["step"] * 2
    [today] = [high for what, high, text in seen if text.startswith("Today")]
    assert all((high < today) == (kind == "step-done") for what, high, kind in seen if what == "square")
    assert {"Getting to know", "Try-out", since()} <= set(texts)


def test_what_was_due_says_so_and_is_still_to_come() -> None:
    picture = draw(plan(), [coming("contact", -1), coming("review", 5)], late=True, now=NOW)
    assert picture.words == [
        f"We are here, and the next step is late: Try-out ({since()})",
        "To come: See the person (was due Tue 15 Jan)",
        "To come: Look at the plan together (Mon 21 Jan)",
    ]
    assert 'class="late"' in picture.drawn


@pytest.mark.parametrize(
    ("more", "here", "stop"),
    [
        (
            {"hold": {"kind": "custody", "until": day(29), "began_at": day(-2)}},
            f"In prison, until {words.day(day(29))}",
            "Try-out",
        ),
        ({"stage": "closed", "closing_reason": "goals_met", "closed_at": day(-1)}, "Closed: goals met", "Closed"),
        ({"stage": "closed", "closing_reason": "moved_away", "closed_at": day(-1)}, "Closed: moved away", "Try-out"),
        ({"stage": "stopped"}, "Stopped", "Try-out"),
    ],
)
def test_a_pause_and_an_ending_stand_where_the_way_was_left(more: dict[str, Any], here: str, stop: str) -> None:
    picture = draw(plan(**more), [coming("review", 5)], late=False, now=NOW)
    shown = ElementTree.fromstring(picture.drawn)
    strong = [one.text for one in shown.iter("text") if one.attrib["class"] == "strong"]
    assert stop in strong and any((text or "").startswith(here) for text in strong)
    ended = "stage" in more
    assert ('class="ended"' in picture.drawn) is ended
    assert any("Look at the plan" in each for each in picture.words) is not ended


def test_a_long_past_and_future_fit_a_phone() -> None:
    steps = [fired("another_way", -days) for days in range(1, 30)]
    seen = drawn(plan(steps=steps), [coming("hold_end", days) for days in range(1, 30)])
    assert len([1 for what, _, _ in seen if what == "square"]) == MOST_PAST + MOST_AHEAD
    assert all(len(text) <= 44 for what, _, text in seen if what == "text")
