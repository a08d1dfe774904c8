"""Clocks that run while a bank holiday is added or taken back, against clocks that are set by the new days at once."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.calendar import (
    DaysOff,
    at_local,
    built_in,
    counted_with,
    is_working_day,
    local_day,
    revision,
    working_days_after,
    working_days_between,
    working_hours_after,
)
from shared.practice.ladder import Step, pause, resume, set_ladder, shift, unfold
from shared.practice.opening import deadline, mode_of, moved
from shared.practice.recount import recounted
from tests.shared.practice.ladders import BY_KEY, CLOCKS, london

NONE = DaysOff()
MONDAY = date(2026, 12, 14)
PROCLAIMED = DaysOff(1, frozenset({MONDAY}))
OPENED = london(2026, 12, 8, 11)  # a Tuesday
SENT = BY_KEY["any.sent"]


def added(*days: date) -> DaysOff:
    return DaysOff(len(days), frozenset(days))


def test_an_added_day_is_no_working_day_inside_the_block_alone() -> None:
    assert is_working_day(MONDAY)
    with counted_with(PROCLAIMED):
        assert not is_working_day(MONDAY) and revision() == 1
        assert working_days_after(date(2026, 12, 11), 1) == date(2026, 12, 15)
        with counted_with(NONE):
            assert is_working_day(MONDAY)
        assert not is_working_day(MONDAY)
    assert is_working_day(MONDAY)


def test_what_the_library_knows_has_names() -> None:
    assert built_in(2026)[date(2026, 12, 25)] == "Christmas Day"
    assert MONDAY not in built_in(2026)
    assert list(built_in(2026)) == sorted(built_in(2026))


def test_the_reply_clock_moves_by_the_day_it_runs_over() -> None:
    steps, end = set_ladder(SENT, OPENED), deadline(SENT, OPENED)
    assert local_day(end) == date(2026, 12, 15)
    with counted_with(PROCLAIMED):
        later, later_end = recounted(SENT, OPENED, None, steps, end, NONE)
    assert local_day(later_end) == date(2026, 12, 16)
    assert not [step for step in later if local_day(step.at) == MONDAY]
    # Taken back: everything stands where it stood.
    assert recounted(SENT, OPENED, None, later, later_end, PROCLAIMED) == (steps, end)


@pytest.mark.parametrize("day", [date(2026, 12, 7), date(2027, 12, 14)])
def test_a_day_before_it_began_or_after_it_is_over_moves_nothing(day: date) -> None:
    steps, end = set_ladder(SENT, OPENED), deadline(SENT, OPENED)
    with counted_with(added(day)):
        assert recounted(SENT, OPENED, None, steps, end, NONE) == (steps, end)


def test_an_extension_is_kept() -> None:
    steps, end = set_ladder(SENT, OPENED), deadline(SENT, OPENED)
    extended = shift(steps, 3, OPENED + timedelta(hours=1))
    with counted_with(PROCLAIMED):
        found, found_end = recounted(SENT, OPENED, None, extended, moved(end, 3), NONE)
        assert found == shift(set_ladder(SENT, OPENED), 3, OPENED + timedelta(hours=1))
        assert found_end == moved(deadline(SENT, OPENED), 3)
    assert recounted(SENT, OPENED, None, found, found_end, PROCLAIMED) == (extended, moved(end, 3))


def test_an_extension_over_the_added_day_is_counted_anew_too() -> None:
    opened = london(2026, 12, 1, 11)  # runs out on 8 December, before the day that is added
    extended, end = shift(set_ladder(SENT, opened), 5, opened), moved(deadline(SENT, opened), 5)
    with counted_with(PROCLAIMED):
        found, found_end = recounted(SENT, opened, None, extended, end, NONE)
        assert found == shift(set_ladder(SENT, opened), 5, opened)
    assert (local_day(end), local_day(found_end)) == (date(2026, 12, 15), date(2026, 12, 16))


def test_a_pause_is_given_back_by_the_new_days() -> None:
    paused, resumed = OPENED + timedelta(hours=2), OPENED + timedelta(days=2, hours=2)
    steps = resume(pause(set_ladder(SENT, OPENED), paused), paused, resumed)
    with counted_with(PROCLAIMED):
        found, _ = recounted(SENT, OPENED, None, steps, deadline(SENT, OPENED), NONE)
        assert found == resume(pause(set_ladder(SENT, OPENED), paused), paused, resumed)


def test_repeated_and_numbered_on_steps_are_found_again() -> None:
    numbered = [replace(step, occurrence=step.occurrence + 7) for step in set_ladder(SENT, OPENED)]
    last = max(numbered, key=lambda step: step.at)
    assert last.every is not None
    steps = unfold(numbered, last.at + timedelta(days=90))
    day = local_day(moved(last.at, last.every)) - timedelta(days=7)
    off = added(day if is_working_day(day) else day + timedelta(days=3))
    with counted_with(off):
        found, _ = recounted(SENT, OPENED, None, steps, deadline(SENT, OPENED), NONE)
        anew = unfold([replace(s, occurrence=s.occurrence + 7) for s in set_ladder(SENT, OPENED)], steps[-1].at)
        assert {s.key: s.at for s in found} == {s.key: s.at for s in anew if s.key in {each.key for each in found}}


def test_an_urgent_clock_goes_on_at_the_hour_it_had_on_the_next_working_day() -> None:
    urgent = BY_KEY["any.undeliverable"]
    friday = london(2026, 12, 11, 16)
    assert mode_of(urgent, friday) in ("hours", "all_hours")
    with counted_with(PROCLAIMED):
        expected = set_ladder(urgent, friday)
        assert working_hours_after(friday, 12) == london(2026, 12, 15, 16)
    steps, end = set_ladder(urgent, friday), deadline(urgent, friday)
    with counted_with(PROCLAIMED):
        assert recounted(urgent, friday, None, steps, end, NONE) == (expected, deadline(urgent, friday))


def test_what_counts_back_from_an_appointment_comes_before_the_day() -> None:
    clock = next(each for each in BY_KEY.values() if each.length and each.length.unit == "before_date")
    appointment = at_local(date(2026, 12, 15), OPENED.time())
    steps, end = set_ladder(clock, OPENED, recorded=appointment), deadline(clock, OPENED, appointment)
    with counted_with(PROCLAIMED):
        found, found_end = recounted(clock, OPENED, appointment, steps, end, NONE)
        assert (found, found_end) == (
            set_ladder(clock, OPENED, recorded=appointment),
            deadline(clock, OPENED, appointment),
        )
    assert found_end < end


DAYS = st.lists(st.integers(-3, 60), max_size=4, unique=True)


@given(CLOCKS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), DAYS, DAYS, st.booleans())
def test_counted_anew_is_as_set_anew(clock: object, at: datetime, one: list[int], other: list[int], has: bool) -> None:
    opened = at_local(at.date(), at.time().replace(microsecond=0))
    first, second = (
        DaysOff(n, frozenset(opened.date() + timedelta(days=each) for each in days))
        for n, days in enumerate((one, other), 1)
    )
    known = next(each for each in BY_KEY.values() if each == clock)
    with counted_with(first):
        steps, end = set_ladder(known, opened, agency_has_email=has), deadline(known, opened)
    with counted_with(second):
        expected = set_ladder(known, opened, agency_has_email=has)
        found, found_end = recounted(known, opened, None, steps, end, first)
        assert found_end == deadline(known, opened)
        if [step.key for step in found] == [step.key for step in expected]:
            assert found == expected or _another_ladder(steps, found, first, second, opened)
    # And back again.
    if found_end != end:
        with counted_with(first):
            assert recounted(known, opened, None, found, found_end, second)[1] == end


def _another_ladder(steps: list[Step], found: list[Step], first: DaysOff, second: DaysOff, opened: datetime) -> bool:
    """By another ladder each step stays as many working days after the start."""

    def counted(rungs: list[Step], days: DaysOff) -> list[int]:
        with counted_with(days):
            return [working_days_between(local_day(opened), local_day(rung.at)) for rung in rungs]

    return counted(steps, first) == counted(found, second)
