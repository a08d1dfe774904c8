"""The clocks of a plan, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.casework.plan.rules import (
    HOLD_CLOCKS,
    OPEN_CLOCKS,
    TASKS,
    Facts,
    following,
    ladder,
    open_clocks,
    preview,
)
from shared.practice.cadence import HOLDS, PHASES
from shared.practice.calendar import is_working_day, local
from shared.practice.ladder_engine import Step

START = datetime(2026, 3, 2, 11, tzinfo=UTC)
PHASE = st.sampled_from(PHASES)
DAYS = st.one_of(st.none(), st.integers(1, 92))
INSTANT = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


def facts(**more: object) -> Facts:
    start = more.pop("start", START)
    base: dict[str, object] = {
        "phase": "transition",
        "cadence_days": None,
        **dict.fromkeys(("started_at", "phase_since", "seen_from", "sighted_from", "reviewed_at"), start),
    }
    return Facts(**{**base, **more})  # type: ignore[arg-type]


def at(steps: list[Step], action: str) -> date:
    [step] = [step for step in steps if step.action == action]
    return local(step.at).date()


def test_a_weekly_plan() -> None:
    steps = open_clocks(facts(), OPEN_CLOCKS, START)
    assert at(steps, "ask_worker") == date(2026, 3, 13)  # 1.5 times seven days, rounded up
    assert at(steps, "another_way") == date(2026, 3, 23)
    assert at(steps, "lost_contact") == date(2026, 3, 30)  # four times, and at least 28 days
    assert at(steps, "review") == date(2026, 3, 30)
    assert at(steps, "outcome_form") == date(2026, 3, 3)
    assert at(steps, "phase_ends") == date(2026, 6, 2)


def test_a_sighting_moves_the_search_alone() -> None:
    seen = START + timedelta(days=20)
    steps = open_clocks(facts(sighted_from=seen), ("contact",), seen)
    assert at(steps, "ask_worker") == date(2026, 3, 13)
    assert at(steps, "lost_contact") == date(2026, 4, 20)


def test_what_each_pause_asks() -> None:
    asked = {
        kind: sorted(s.action for s in open_clocks(facts(hold_kind=kind, hold_began=START), HOLD_CLOCKS, START))
        for kind in HOLDS
    }
    assert asked == {
        "custody": ["ask_weekly", "hold_contact", "look_again"],
        "hospital": ["hold_contact", "look_again"],
        "away": ["look_again"],
    }
    away = open_clocks(facts(hold_kind="away", hold_began=START), HOLD_CLOCKS, START)
    assert at(away, "look_again") == date(2026, 3, 9)  # nobody knows the end: seven days
    known = facts(hold_kind="away", hold_began=START, hold_until=START + timedelta(days=3))
    assert at(open_clocks(known, HOLD_CLOCKS, START), "look_again") == date(2026, 3, 5)


@given(phase=PHASE, days=DAYS, start=INSTANT, sleep=st.integers(0, 900))
def test_after_any_sleep_each_clock_fires_once_and_goes_on(
    phase: str, days: int | None, start: datetime, sleep: int
) -> None:
    plan = facts(start=start, phase=phase, cadence_days=days)
    planned = open_clocks(plan, OPEN_CLOCKS, start)
    now = start + timedelta(days=sleep)
    taken = ladder(plan).due(planned, (), now)
    assert len({step.clock for step in taken.fire}) == len(taken.fire)
    settled = [*taken.fire, *taken.overtaken]
    assert len({(s.clock, s.action, s.occurrence) for s in settled}) == len(settled)
    assert all(step.at <= now for step in settled)
    # What stands afterwards lies ahead, and a second look at the same instant takes nothing.
    left = [step for step in (*planned, *taken.added) if step not in settled]
    assert all(step.at > now for step in left)
    again = ladder(plan).due(left, (), now)
    assert not again.fire and not again.overtaken
    assert ladder(plan).next_step(left, ()) is not None  # reviews go on for ever: nobody is forgotten


@given(phase=PHASE, start=INSTANT)
def test_steps_stand_at_half_past_nine_on_working_days_but_a_release_on_its_own(phase: str, start: datetime) -> None:
    until = start + timedelta(days=9)
    plan = facts(start=start, phase=phase, hold_kind="custody", hold_began=start, watch_until=date(2029, 1, 1))
    plan = replace(plan, hold_until=until) if start.day % 2 else plan
    for step in open_clocks(plan, OPEN_CLOCKS | HOLD_CLOCKS, start):
        more = following(step, plan)
        assert more is None or more.at > step.at
        for each in (step, *([more] if more else [])):
            here = local(each.at)
            own = step.clock in ("watch", "hold_eve", "hold_end") or (step.clock == "look_again" and plan.hold_until)
            assert (here.hour, here.minute) == (9, 30) and (own or is_working_day(here.date()))


@given(phase=PHASE, days=DAYS, start=INSTANT)
def test_a_preview_is_in_order_and_lies_ahead(phase: str, days: int | None, start: datetime) -> None:
    items = preview(facts(start=start, phase=phase, cadence_days=days), start)
    assert items and items == sorted(items) and items[0][0] > start


def test_a_person_nobody_has_met_is_not_forgotten_when_a_later_attempt_overtakes_the_search() -> None:
    """After an outage the worker is asked again, for the attempt came last; another way is still tried later."""
    attempt = START + timedelta(days=15)
    plan = facts(phase="engaging", met=False, attempted_from=attempt)
    planned = open_clocks(plan, ("contact",), START)
    now = START + timedelta(days=28)
    due = ladder(plan).due(planned, (), now)
    assert [step.action for step in due.fire] == ["ask_worker"]
    assert due.by == {("contact", "another_way", 1): due.fire[0]}
    assert [(step.action, step.occurrence) for step in due.added] == [("another_way", 2)]
    assert due.added[0].at > now


def test_the_supervisor_is_notified_of_the_steps_that_the_practice_names() -> None:
    notified = {step for step, kinds in TASKS.items() if "tell_supervisor_not_seen" in kinds}
    assert notified == {"another_way", "lost_contact"}
