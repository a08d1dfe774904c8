"""Opening of a clock on a day: when the clock runs out, and in which kind of time its steps are placed.

A clock has the *routine* ladder (3 to 20 working days), the *urgent* one (2 or less) or the *long* one (over 20), by
its length in working days on the day on which it opens. Routine and long clocks run out at 09:30 local (mode `days`).
Urgent clocks run in hours, to the minute between 08:00 and 20:00: on working days for a clock counted in working days
(`hours`), on every day of the week for one counted in days, hours or "same day" (`all_hours`). One working day of an
urgent clock ends at the same local time of the next working day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.practice.calendar import (
    HOURS_PER_DAY,
    RUNG_TIME,
    add_months,
    at_local,
    into_hours,
    local,
    local_day,
    rung_instant,
    same_day_deadline,
    working_day_on_or_before,
    working_days_after,
    working_days_before,
    working_days_between,
    working_hours_after,
    working_hours_between,
)
from shared.practice.model import Clock, PracticeError

Column = Literal["routine", "urgent", "long"]
Mode = Literal["days", "hours", "all_hours"]


@dataclass(frozen=True)
class Opened:
    """An opened clock: its ladder column, its start, half and end."""

    column: Column
    mode: Mode
    start: datetime
    half: datetime
    end: datetime


def open_clock(clock: Clock, opened_at: datetime, recorded: datetime | None = None) -> Opened:
    """Open a clock at an instant.

    Raise PracticeError when the clock has no length, or lacks the recorded date from which it counts back.
    """
    if clock.length is None:
        raise PracticeError(f"clock {clock.key} has no length, so it cannot be opened: {clock.off_reason}")
    n, unit = clock.length.n, clock.length.unit
    every_day = clock.runs_on == "every_day"
    day = local_day(opened_at)
    elapsed: datetime | None = None  # set where the calendar, not the column, defines the time of day
    if unit == "before_date":
        if recorded is None:
            raise PracticeError(f"clock {clock.key} counts back from a recorded date: give `recorded`")
        elapsed = at_local(working_days_before(local_day(recorded), n), local(recorded).time())
        last = local_day(elapsed)
    elif recorded is not None:
        last = working_days_after(local_day(recorded), 0)
    elif unit == "working_days":
        last = working_days_after(day, n)
    elif unit == "months":
        last = add_months(day, n)
    elif unit == "hours":
        elapsed = opened_at + timedelta(hours=n)
        last = local_day(elapsed)
    else:
        last = day + timedelta(days={"days": n, "weeks": 7 * n, "same_day": 0}[unit])
    length = n if unit == "working_days" and recorded is None else working_days_between(day, last)
    column: Column = "urgent" if length <= 2 else "routine" if length <= 20 else "long"

    if column != "urgent":
        end = at_local(last, RUNG_TIME)
        until = recorded if unit == "before_date" and recorded else end
        middle = local_day(opened_at + (until - opened_at) / 2)
        half = at_local(working_day_on_or_before(middle), RUNG_TIME)
        return Opened(column, "days", opened_at, min(max(half, rung_instant(day)), end), end)

    mode: Mode = "all_hours" if every_day else "hours"
    start = into_hours(opened_at, every_day=every_day)
    if unit == "same_day":
        end = same_day_deadline(opened_at, every_day=every_day)
    elif unit == "before_date":
        end = max(start, into_hours(elapsed or start, every_day=every_day))
    elif recorded is not None:
        end = max(start, at_local(last, RUNG_TIME))
    elif unit == "working_days":
        end = working_hours_after(start, HOURS_PER_DAY * n)
    else:
        end = into_hours(elapsed or at_local(last, local(opened_at).time()), every_day=every_day)
    if unit == "before_date" and recorded is not None:
        half = max(start, into_hours(opened_at + (recorded - opened_at) / 2, every_day=every_day))
    else:
        left = working_hours_between(start, end, every_day=every_day)
        half = working_hours_after(start, left / 2, every_day=every_day)
    return Opened(column, mode, start, min(half, end), end)


def deadline(clock: Clock, opened_at: datetime, recorded: datetime | None = None) -> datetime:
    """Return when the clock runs out (UTC): from then on its holder keeps others waiting too long.

    `recorded` is a recorded date: it replaces the length (the date that the agency gave for its waiting list), and a
    `before_date` clock counts back from it (the appointment).
    """
    return open_clock(clock, opened_at, recorded).end


def mode_of(clock: Clock, opened_at: datetime, recorded: datetime | None = None) -> Mode:
    """Return the kind of time in which the clock's steps are placed; `moved` and `resumed` need it."""
    return open_clock(clock, opened_at, recorded).mode


def moved(at: datetime, working_days: int, mode: Mode = "days") -> datetime:
    """Move an instant by working days (days of the week in mode `all_hours`), keeping its local time."""
    day, here = local_day(at), local(at).time()
    if mode == "all_hours":
        return at_local(day + timedelta(days=working_days), here)
    return at_local(working_days_after(day, working_days), here)
