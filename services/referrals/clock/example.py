"""The effect of a rule on a typical case: it begins on a Monday morning, and nobody answers. Pure.

The dates are computed by the real rules, bank holidays included; only the case is made up.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.practice.calendar import at_local, is_working_day, local_day, working_days_after, working_days_between
from shared.practice.ladder import LADDERS, set_ladder
from shared.practice.model import Clock, Rung
from shared.practice.opening import open_clock

MORNING, AFTERNOON = time(10), time(14)
APPOINTMENT_AFTER = 10  # working days from booking to the visit, for a clock that counts back from the visit
_MONDAY = 0
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """One step on its day, a number of working days after the beginning."""

    rung: Rung
    at: datetime
    working_days: int


@dataclass(frozen=True)
class Example:
    """The typical case by one rule. `in_hours`: the case is urgent, so its steps are exact to the minute."""

    opened_at: datetime
    appointment_at: datetime | None
    in_hours: bool
    deadline: datetime
    working_days: int
    steps: tuple[Step, ...]
    bank_holidays: tuple[date, ...]


def example(clock: Clock, now: datetime) -> Example | None:
    """Return the case that begins on the next working Monday; None where no clock runs."""
    if clock.length is None:
        return None
    first = next_monday(now)
    opened_at = at_local(first, MORNING)
    back_from = clock.length.unit == "before_date"
    appointment = at_local(working_days_after(first, APPOINTMENT_AFTER), AFTERNOON) if back_from else None
    opened = open_clock(clock, opened_at, appointment)
    ladder = LADDERS[opened.column] if clock.ladder == "default" else () if clock.ladder == "off" else clock.ladder
    placed = {rung.action: rung for rung in ladder}
    steps = tuple(
        Step(placed[instant.action], instant.at, working_days_between(first, local_day(instant.at)))
        for instant in set_ladder(clock, opened_at, recorded=appointment)
    )
    last = max([opened.end, *(step.at for step in steps)])
    return Example(
        opened_at=opened_at,
        appointment_at=appointment,
        in_hours=opened.mode != "days",
        deadline=opened.end,
        working_days=working_days_between(first, local_day(opened.end)),
        steps=steps,
        bank_holidays=_bank_holidays(first, local_day(last)),
    )


def next_monday(now: datetime) -> date:
    """Return the first Monday after today that is no bank holiday."""
    day = local_day(now) + _DAY
    while day.weekday() != _MONDAY or not is_working_day(day):
        day += _DAY
    return day


def _bank_holidays(first: date, last: date) -> tuple[date, ...]:
    days = (first + n * _DAY for n in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5 and not is_working_day(day))
