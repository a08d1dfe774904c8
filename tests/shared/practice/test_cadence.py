"""How often a person is seen, the steps when contact fails, holds and caseloads."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.cadence import (
    CASELOAD_AIM,
    CASELOAD_MAXIMUM,
    CONTACT,
    HOLDS,
    NOT_SEEN,
    PHASES,
    SUPERVISOR_STEPS,
    Watch,
    cadence,
    case_weight,
    contact_due,
    hold,
    look_again,
    not_seen_steps,
    outcome_form_due,
    phase_ends,
    review_due,
    watch,
    watch_after,
)
from shared.practice.calendar import RUNG_TIME, is_working_day, local
from shared.practice.ladder_engine import Key
from shared.practice.model import PracticeError
from tests.shared.practice.ladders import INSTANTS, london

SEEN = london(2026, 3, 2, 16)  # a Monday


@pytest.mark.parametrize(
    ("phase", "days"), [("engaging", 7), ("transition", 7), ("try_out", 14), ("transfer_of_care", 28)]
)
def test_the_cadence_of_a_phase(phase: str, days: int) -> None:
    assert cadence(phase).days == days
    assert cadence(phase).source
    assert cadence(phase, 3).rule() == "contact every 3 days"
    assert cadence(phase, 3).source == "agreed for this person"


def test_phases_follow_each_other() -> None:
    assert PHASES == ("engaging", "transition", "try_out", "transfer_of_care")
    assert phase_ends("transition", date(2025, 11, 30)) == date(2026, 2, 28)
    assert phase_ends("engaging", date(2025, 11, 30)) is None
    with pytest.raises(PracticeError, match="'waiting' is not known"):
        cadence("waiting")


def test_a_contact_is_due_on_a_working_morning() -> None:
    assert contact_due(7, SEEN) == london(2026, 3, 9, 9, 30)
    assert contact_due(7, london(2026, 3, 28, 12)) == london(2026, 4, 7, 9, 30)  # Saturday of Easter


def test_not_seen_in_a_weekly_cadence() -> None:
    assert [(s.action, s.at, s.action in SUPERVISOR_STEPS) for s in not_seen_steps(7, SEEN)] == [
        ("ask_worker", london(2026, 3, 13, 9, 30), False),  # 11 days
        ("another_way", london(2026, 3, 23, 9, 30), True),  # 21 days
        ("lost_contact", london(2026, 3, 30, 9, 30), True),  # 28 days
    ]


def test_contact_is_never_lost_before_four_weeks() -> None:
    lost = not_seen_steps(2, SEEN)[-1]
    assert (lost.action, lost.at) == ("lost_contact", london(2026, 3, 30, 9, 30))


def test_a_sighting_restarts_only_the_search() -> None:
    steps = not_seen_steps(7, SEEN, last_sighted_at=london(2026, 3, 20, 22))
    assert [step.at for step in steps[:2]] == [step.at for step in not_seen_steps(7, SEEN)[:2]]
    assert steps[2].at == london(2026, 4, 17, 9, 30)


def test_steps_can_be_off() -> None:
    assert [step.action for step in not_seen_steps(7, SEEN, off={"another_way"})] == ["ask_worker", "lost_contact"]


def test_after_a_long_sleep_only_the_last_step_fires() -> None:
    steps = not_seen_steps(7, SEEN)
    due = NOT_SEEN.due(steps, set(), london(2026, 4, 1, 12))
    assert [step.action for step in due.fire] == ["lost_contact"]
    assert [step.action for step in due.overtaken] == ["ask_worker", "another_way"]
    again = NOT_SEEN.due(steps, {(CONTACT, "lost_contact", 1)}, london(2026, 4, 1, 12))
    assert (again.fire, len(again.overtaken)) == ([], 2)


def test_the_next_step() -> None:
    steps = not_seen_steps(7, SEEN)
    coming = NOT_SEEN.next_step(steps, set(), SEEN)
    assert coming is not None and coming.action == "ask_worker"
    pressing = NOT_SEEN.next_step(steps, {(CONTACT, "ask_worker", 1)}, london(2026, 3, 24, 12))
    assert pressing is not None and pressing.action == "another_way"
    assert NOT_SEEN.next_step(steps, {step.key for step in steps}, SEEN) is None


@given(st.integers(1, 60), INSTANTS, st.lists(st.timedeltas(timedelta(0), timedelta(days=90)), max_size=8))
def test_each_step_is_taken_at_most_once(days: int, seen: datetime, gaps: list[timedelta]) -> None:
    steps = not_seen_steps(days, seen)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all(local(step.at).time() == RUNG_TIME and is_working_day(local(step.at).date()) for step in steps)
    assert steps[-1].at >= seen + timedelta(days=27)
    recorded: set[Key] = set()
    now = seen
    for gap in gaps:
        now += gap
        due = NOT_SEEN.due(steps, recorded, now)
        names = [step.key for step in (*due.fire, *due.overtaken)]
        assert not recorded & set(names)
        assert len(due.fire) <= 1 and all(step.at <= now for step in due.fire)
        recorded |= set(names)
        coming = NOT_SEEN.next_step(steps, recorded, now)
        assert coming is None or coming.at > now
    assert recorded == {step.key for step in steps if step.at <= now}


def test_a_cadence_of_nothing_is_refused() -> None:
    for days in (0, -7):
        with pytest.raises(PracticeError):
            cadence("transition", days)
        with pytest.raises(PracticeError):
            not_seen_steps(days, SEEN)


def test_reviews() -> None:
    assert review_due("transition", SEEN) == london(2026, 3, 30, 9, 30)
    assert review_due("engaging", SEEN) == review_due("transition", SEEN)
    assert review_due("try_out", SEEN) == london(2026, 5, 26, 9, 30)  # 25 May is a bank holiday


def test_outcome_forms() -> None:
    start = date(2026, 1, 31)
    assert [outcome_form_due(start, done) for done in range(7)] == [
        date(2026, 1, 31),
        date(2026, 4, 30),
        date(2026, 7, 31),
        date(2026, 10, 31),
        date(2027, 1, 31),
        date(2027, 7, 31),
        date(2028, 1, 31),
    ]


def test_the_table_of_pauses() -> None:
    assert set(HOLDS) == {"custody", "hospital", "away"}
    assert [rule.contact_days for rule in HOLDS.values()] == [28, 7, None]
    assert [rule.worker_only for rule in HOLDS.values()] == [True, False, False]
    assert all(rule.appointments == "move_or_cancel" and rule.when_it_ends for rule in HOLDS.values())
    with pytest.raises(PracticeError, match="one of custody, hospital, away"):
        hold("holiday")


def test_an_end_that_nobody_knows_is_asked_again_after_a_week() -> None:
    assert look_again("custody", SEEN) == london(2026, 3, 9, 9, 30)
    assert look_again("custody", SEEN, date(2026, 4, 4)) == london(2026, 4, 4, 9, 30), "a Saturday"


def test_a_release_is_watched_for_two_weeks() -> None:
    assert watch_after("custody", date(2026, 3, 2)) == Watch(date(2026, 3, 16), 2)
    assert watch_after("hospital", date(2026, 3, 2)) == Watch(date(2026, 3, 16), 2)
    assert watch_after("away", date(2026, 3, 2)) is None
    with pytest.raises(PracticeError, match="1 to 14 days"):
        watch(date(2026, 3, 2), 15)


def test_caseloads() -> None:
    assert (CASELOAD_AIM, CASELOAD_MAXIMUM) == (10, 20)
    cases = [("planned", None), ("stepping_down", None), ("on_hold", "custody"), ("on_hold", "hospital")]
    assert [case_weight(*case) for case in cases] == [1.0, 0.5, 0.5, 1.0]
    assert [case_weight(stage) for stage in ("engaging", "lost_contact", "waiting", "closed")] == [1.0, 1.0, 0.0, 0.0]


def test_utc_comes_out() -> None:
    assert all(step.at.tzinfo is UTC for step in not_seen_steps(7, SEEN))
