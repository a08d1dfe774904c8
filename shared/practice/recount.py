"""Recounting of a running clock after a bank holiday was added or removed. Pure.

The clock is opened again from its start, once with the days in force then and once with those in force now. A step
moves to its place by the new days, plus whatever it had been given beyond the old ones (an extension, a pause). Steps
that have fired stay unchanged; the caller keeps them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared.practice.calendar import (
    DaysOff,
    at_local,
    counted_with,
    local,
    local_day,
    working_day_on_or_after,
    working_days_after,
    working_days_between,
    working_hours_after,
    working_hours_between,
)
from shared.practice.ladder import Step, following, set_ladder
from shared.practice.model import Clock
from shared.practice.opening import Mode, open_clock

Place = tuple[str, int]


def recounted(
    clock: Clock,
    opened_at: datetime,
    recorded: datetime | None,
    steps: Sequence[Step],
    deadline: datetime,
    before: DaysOff,
) -> tuple[list[Step], datetime]:
    """Return the steps and the end of a clock that was counted with `before`, by the days of the current context."""
    if clock.length is None:
        return list(steps), deadline
    # The numbers of steps continue those of earlier openings.
    used = min((step.occurrence for step in steps), default=1) - 1
    places = [(step.action, step.occurrence - used) for step in steps]
    has_email = any(step.action == "remind_agency" for step in steps)
    with counted_with(before):
        was = open_clock(clock, opened_at, recorded)
        stood = _places(set_ladder(clock, opened_at, agency_has_email=has_email, recorded=recorded), places)
    now = open_clock(clock, opened_at, recorded)
    stands = _places(set_ladder(clock, opened_at, agency_has_email=has_email, recorded=recorded), places)
    same = was.column == now.column
    found: list[Step] = []
    for step, place in zip(steps, places, strict=True):
        if same and place in stood and place in stands:
            at = _carried(step.at, stood[place], stands[place], step.mode, before)
        else:
            # The ladder is another one now: the step keeps its distance from the start in working days.
            at = _carried(step.at, opened_at, opened_at, step.mode, before)
        found.append(replace(step, at=at))
    return found, _carried(deadline, was.end, now.end, was.mode, before)


def _places(steps: Iterable[Step], wanted: Iterable[Place]) -> dict[Place, datetime]:
    """Return the instant of each wanted step; repeating steps are continued up to the wanted occurrence."""
    found: dict[Place, Step] = {(step.action, step.occurrence): step for step in steps}
    for action, occurrence in wanted:
        last = max((number for name, number in found if name == action), default=occurrence)
        while last < occurrence and (more := following(found[(action, last)])) is not None:
            last += 1
            found[(action, last)] = more
    return {place: step.at for place, step in found.items()}


def _carried(at: datetime, stood: datetime, stands: datetime, mode: Mode, before: DaysOff) -> datetime:
    """Move the instant of a step whose computed place was `stood` and is now `stands`."""
    if at == stood:
        return stands
    if mode == "all_hours":
        return stands + (at - stood)
    if mode == "hours" and at > stood:
        with counted_with(before):
            given = working_hours_between(stood, at)
        return working_hours_after(stands, given)
    with counted_with(before):
        first, last = working_day_on_or_after(local_day(stood)), local_day(at)
        days = working_days_between(first, last) if last >= first else -working_days_between(last, first)
    return at_local(working_days_after(local_day(stands), days), local(at).time())
