"""Working days of England and local hours of London.

Two kinds of time are counted. *Working days* leave out weekends and the bank holidays of England; a routine step is due
at 09:30 local on a working day. *Hours* are for urgent clocks: the window from 08:00 to 20:00 local, on working days
only for a clock counted in working days, and on every day of the week for one counted in days, hours or "same day" (a
person released on a Saturday is seen on Saturday or Sunday). Clock changes happen at night, outside the window, so a
day of the window always has twelve hours and local times never shift.

Bank holidays come from a library, and from an administrator where the library lacks a day (one that was proclaimed).
The added days are fixed per transaction: `shared.db.session` reads them when the transaction begins, so that everything
in it is counted by one calendar.

Instants go in aware and come out in UTC. Dates are local dates in London.
"""

import hashlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

RUNG_TIME = time(9, 30)
HOURS_FROM = time(8)
HOURS_TO = time(20)
HOURS_PER_DAY = 12

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DaysOff:
    """Bank holidays that an administrator has added. `revision` grows with every change; 0: there was none."""

    revision: int = 0
    days: frozenset[date] = frozenset()


_NONE = DaysOff()
_added: ContextVar[DaysOff] = ContextVar("days_off", default=_NONE)


def revision() -> int:
    """Return the revision of the added bank holidays of the current context, to be stored with what was counted."""
    return _added.get().revision


@contextmanager
def counted_with(days: DaysOff) -> Generator[None]:
    """Count with these added bank holidays for the length of the block."""
    # Restored by value and not by token: the block of a request may end in another context.
    before = _added.get()
    _added.set(days)
    try:
        yield
    finally:
        _added.set(before)


@cache
def built_in(year: int) -> Mapping[date, str]:
    """Return the bank holidays of England in the library, with their names."""
    # Imported on first use: the library is large, and most processes that import this module never need it.
    from holidays.countries.united_kingdom import UnitedKingdom

    return dict(sorted(UnitedKingdom(subdiv="ENG", years=year).items()))


def is_working_day(day: date) -> bool:
    """Return whether a day is Monday to Friday and no bank holiday of England (substitute and added days included)."""
    return day.weekday() < 5 and day not in built_in(day.year) and day not in _added.get().days


def local(at: datetime) -> datetime:
    """Convert an instant to local time in London. Raise ValueError for a datetime without a time zone."""
    if at.tzinfo is None:
        raise ValueError(f"the instant {at.isoformat()} has no time zone; give an aware datetime, in UTC")
    return at.astimezone(LONDON)


def local_day(at: datetime) -> date:
    return local(at).date()


def at_local(day: date, at: time) -> datetime:
    """Return the instant, in UTC, at which clocks in London show `at` on `day`."""
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def working_day_on_or_after(day: date) -> date:
    while not is_working_day(day):
        day += _DAY
    return day


def working_day_on_or_before(day: date) -> date:
    while not is_working_day(day):
        day -= _DAY
    return day


def working_days_after(day: date, n: int) -> date:
    """Return the n-th working day after `day`. A day off counts from the next working day, which n=0 returns."""
    if n < 0:
        return working_days_before(day, -n)
    day = working_day_on_or_after(day)
    for _ in range(n):
        day = working_day_on_or_after(day + _DAY)
    return day


def working_days_before(day: date, n: int) -> date:
    """Return the n-th working day before `day`. A day off counts from the working day before it."""
    if n < 0:
        return working_days_after(day, -n)
    day = working_day_on_or_before(day)
    for _ in range(n):
        day = working_day_on_or_before(day - _DAY)
    return day


def working_days_between(first: date, last: date) -> int:
    """Count the working days after `first`, up to and including `last`; 0 when `last` is not later."""
    count, day = 0, first
    while day < last:
        day += _DAY
        count += is_working_day(day)
    return count


def rung_instant(day: date) -> datetime:
    """Return 09:30 local on `day`, or on the first working day after it."""
    return at_local(working_day_on_or_after(day), RUNG_TIME)


def morning(day: date) -> datetime:
    """Return 09:30 local on `day` itself, also on a weekend or bank holiday: for what cannot wait for office hours."""
    return at_local(day, RUNG_TIME)


def end_of_hours(day: date) -> datetime:
    """Return 20:00 local on `day` itself."""
    return at_local(day, HOURS_TO)


def _open_day(day: date, every_day: bool) -> date:
    return day if every_day else working_day_on_or_after(day)


def into_hours(at: datetime, *, every_day: bool = False) -> datetime:
    """Return `at` when it lies within the window (from 08:00, before 20:00), else the next opening of the window."""
    here = local(at)
    day = here.date()
    opened = _open_day(day, every_day)
    if opened != day or here.time() < HOURS_FROM:
        return at_local(opened, HOURS_FROM)
    if here.time() >= HOURS_TO:
        return at_local(_open_day(day + _DAY, every_day), HOURS_FROM)
    return at.astimezone(UTC)


def working_hours_after(start: datetime, hours: float | timedelta, *, every_day: bool = False) -> datetime:
    """Return the instant at which `hours` of the window have elapsed since `start`.

    One working day is twelve hours, so one from Monday 14:20 ends on Tuesday 14:20. A period that would end exactly at
    closing ends at the next opening instead: nobody reads anything at 20:00.
    """
    left = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if left < timedelta(0):
        raise ValueError(f"hours to add must not be negative, got {left}")
    at = into_hours(start, every_day=every_day)
    while True:
        closing = at_local(local_day(at), HOURS_TO)
        if at + left < closing:
            return at + left
        left -= closing - at
        at = into_hours(closing, every_day=every_day)


def working_hours_between(start: datetime, end: datetime, *, every_day: bool = False) -> timedelta:
    """Return how much of the window lies between two instants; zero when `end` is not later."""
    total, at = timedelta(0), into_hours(start, every_day=every_day)
    while at < end:
        closing = at_local(local_day(at), HOURS_TO)
        total += min(closing, end) - at
        at = into_hours(closing, every_day=every_day)
    return total


def same_day_deadline(start: datetime, *, every_day: bool = True) -> datetime:
    """Return 20:00 local on the day of `start`, or on the next day after 20:00 or on a day that does not count."""
    return at_local(local_day(into_hours(start, every_day=every_day)), HOURS_TO)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + (day.day - 1) * _DAY, following - _DAY)


def spread_seconds(id: UUID) -> int:
    """Return 0 to 599, always the same for an id on every machine: spreads the timers of 09:30."""
    return int.from_bytes(hashlib.blake2b(id.bytes, digest_size=8).digest(), "big") % 600
