"""Working days of England and hours of London, against dates worked out by hand."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.calendar import (
    HOURS_FROM,
    HOURS_TO,
    LONDON,
    RUNG_TIME,
    add_months,
    at_local,
    into_hours,
    is_working_day,
    local,
    local_day,
    same_day_deadline,
    spread_seconds,
    working_days_after,
    working_days_before,
    working_days_between,
    working_hours_after,
    working_hours_between,
)

DAYS = st.dates(date(2004, 1, 1), date(2030, 12, 31))
INSTANTS = st.datetimes(datetime(2004, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON).astimezone(UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 12, 25),
        date(2025, 12, 26),
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 28),  # Boxing Day falls on a Saturday: substitute day
        date(2022, 1, 3),  # New Year's Day fell on a Saturday
        date(2011, 4, 29),  # royal wedding
        date(2012, 6, 5),  # diamond jubilee
        date(2020, 5, 8),  # early May moved to a Friday
        date(2022, 9, 19),  # state funeral
        date(2023, 5, 8),  # coronation
        date(2026, 3, 7),  # a Saturday
    ],
)
def test_days_off(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 12, 24),
        date(2026, 1, 2),  # a holiday in Scotland only
        date(2026, 3, 17),  # Northern Ireland only
        date(2020, 5, 4),  # the early May holiday that moved away
        date(2026, 4, 2),
    ],
)
def test_working_days(day: date) -> None:
    assert is_working_day(day)


def test_five_working_days_over_christmas() -> None:
    # Thursday 18 December 2025: 19, 22, 23, 24, then Christmas, Boxing Day and a weekend, 29.
    assert working_days_after(local_day(london(2025, 12, 18, 15)), 5) == date(2025, 12, 29)


def test_a_start_on_a_day_off_counts_from_the_next_working_day() -> None:
    saturday = date(2026, 3, 7)
    assert working_days_after(saturday, 0) == date(2026, 3, 9)
    assert working_days_after(saturday, 1) == date(2026, 3, 10)
    assert working_days_before(saturday, 1) == date(2026, 3, 5)


def test_the_local_day_counts_not_the_utc_day() -> None:
    # 23:30 UTC on 1 June is half past midnight on 2 June in London.
    assert local_day(datetime(2026, 6, 1, 23, 30, tzinfo=UTC)) == date(2026, 6, 2)


def test_half_past_nine_keeps_its_hour_across_the_clock_changes() -> None:
    assert at_local(date(2026, 3, 27), RUNG_TIME) == datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
    assert at_local(date(2026, 3, 30), RUNG_TIME) == datetime(2026, 3, 30, 8, 30, tzinfo=UTC)
    assert at_local(date(2026, 10, 23), RUNG_TIME) == datetime(2026, 10, 23, 8, 30, tzinfo=UTC)
    assert at_local(date(2026, 10, 26), RUNG_TIME) == datetime(2026, 10, 26, 9, 30, tzinfo=UTC)


def test_twelve_working_hours_are_one_working_day() -> None:
    assert working_hours_after(london(2026, 3, 2, 14, 20), 12) == london(2026, 3, 3, 14, 20)
    # Thursday before Easter 2026, 16:00: four hours that day, eight on Tuesday.
    assert working_hours_after(london(2026, 4, 2, 16), 12) == london(2026, 4, 7, 16)
    # What would end at closing ends when the hours open again.
    assert working_hours_after(london(2026, 3, 7, 11), 12) == london(2026, 3, 10, 8)


def test_every_day_hours_run_through_a_weekend_with_a_clock_change() -> None:
    saturday = london(2026, 3, 28, 10)
    assert working_hours_after(saturday, 12, every_day=True) == london(2026, 3, 29, 10)
    assert working_hours_between(saturday, london(2026, 3, 29, 10), every_day=True) == timedelta(hours=12)
    assert london(2026, 3, 29, 10) - saturday == timedelta(hours=23)


def test_the_same_day_ends_at_eight_in_the_evening() -> None:
    assert same_day_deadline(london(2026, 3, 2, 7)) == london(2026, 3, 2, 20)
    assert same_day_deadline(london(2026, 3, 2, 20)) == london(2026, 3, 3, 20)
    assert same_day_deadline(london(2026, 3, 7, 11)) == london(2026, 3, 7, 20)
    assert same_day_deadline(london(2026, 3, 7, 11), every_day=False) == london(2026, 3, 9, 20)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
    ],
)
def test_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        local_day(datetime(2026, 3, 2, 9))


@given(DAYS, st.integers(0, 60))
def test_counting_there_and_back(day: date, n: int) -> None:
    later = working_days_after(day, n)
    assert is_working_day(later)
    if is_working_day(day):
        assert working_days_before(later, n) == day
        assert working_days_between(day, later) == n


@given(DAYS, DAYS, st.integers(0, 60))
def test_counting_never_overtakes(one: date, other: date, n: int) -> None:
    first, last = sorted((one, other))
    assert working_days_after(first, n) <= working_days_after(last, n)


@given(INSTANTS, st.floats(0, 200), st.booleans())
def test_hours_added_are_the_hours_between(start: datetime, hours: float, every_day: bool) -> None:
    end = working_hours_after(start, hours, every_day=every_day)
    here = local(end)
    assert HOURS_FROM <= here.time() < HOURS_TO
    assert every_day or is_working_day(here.date())
    assert working_hours_between(start, end, every_day=every_day) == timedelta(hours=hours)


@given(INSTANTS, st.booleans())
def test_into_hours_never_goes_back_and_settles_at_once(at: datetime, every_day: bool) -> None:
    inside = into_hours(at, every_day=every_day)
    assert inside >= at
    assert into_hours(inside, every_day=every_day) == inside
    assert same_day_deadline(at, every_day=every_day) > at


@given(DAYS, st.times())
def test_local_times_come_back(day: date, at: time) -> None:
    instant = at_local(day, at)
    assert instant.tzinfo is UTC
    if at >= time(3):  # earlier ones may not exist on the night the clocks go forward
        assert (local_day(instant), local(instant).time()) == (day, at)


@given(st.uuids())
def test_the_spread_stays_within_ten_minutes(id: UUID) -> None:
    assert 0 <= spread_seconds(id) < 600
    assert spread_seconds(id) == spread_seconds(UUID(str(id)))


def test_the_spread_is_the_same_on_every_machine() -> None:
    assert spread_seconds(UUID("0190b2d4-0000-7000-8000-000000000001")) == 237


def test_importing_is_cheap() -> None:
    """Neither the holiday tables nor a framework is loaded before somebody asks for a day."""
    code = (
        "import sys, shared.practice.ladder, shared.practice.cadence, shared.practice.explain as e;"
        "print([m for m in ('holidays', 'pydantic', 'sqlalchemy', 'fastapi', 'temporalio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
