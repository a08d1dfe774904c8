"""The figures of casework that `alongside status` and `/metrics` share: rows that sleep, tasks that nobody does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.readings.rows import ASLEEP, TASK_DAYS, Rows, count, recorded

_ASLEEP = "SELECT id, kind, next_at FROM board_rows WHERE NOT closed AND next_at < %s ORDER BY next_at, id LIMIT 100"
_TASKS = "SELECT count(*), min(due_at) FROM tasks WHERE status = 'open' AND due_at < %s"
_OPEN = "SELECT id, recorded_at FROM plans WHERE stage <> 'closed'"
_SHOWN = "SELECT id, kind FROM board_rows WHERE NOT closed"
# Rows are recounted within seconds of a change of bank holidays.
_COUNTED_BEFORE = " AND counted_with < (SELECT coalesce(max(revision), 0) FROM days_off WHERE recorded_at < %s)"
_COUNTED = (
    "SELECT count(*) FROM plan_steps WHERE outcome = 'planned'" + _COUNTED_BEFORE,
    "SELECT count(*) FROM tasks WHERE status = 'open'" + _COUNTED_BEFORE,
)


@dataclass(frozen=True)
class Sleeper:
    """A row of the board whose next step is overdue."""

    id: UUID
    kind: str
    next_at: datetime


@dataclass(frozen=True)
class Overdue:
    """How many tasks nobody has done, and when the oldest was due."""

    count: int
    oldest: datetime | None


async def asleep(rows: Rows, now: datetime) -> list[Sleeper]:
    """List the rows whose next step is more than a quarter of an hour past, the longest first, at most 100."""
    return [Sleeper(*row) for row in await rows(_ASLEEP, now - ASLEEP)]


async def tasks_too_long(rows: Rows, now: datetime, days: int = TASK_DAYS) -> Overdue:
    """Count the open tasks that are more than so many days overdue."""
    return Overdue(*(await rows(_TASKS, now - timedelta(days=days)))[0])


async def not_counted_anew(rows: Rows, now: datetime) -> int:
    """Count steps and tasks that miss a change of bank holidays made over a quarter of an hour ago."""
    return sum([await count(rows, query, now - ASLEEP) for query in _COUNTED])


async def open_plans(rows: Rows) -> dict[UUID, datetime]:
    """Return the open plans, and when each was recorded."""
    return await recorded(rows, _OPEN)


async def shown(rows: Rows) -> dict[str, set[UUID]]:
    """Return the rows that the board shows, by kind."""
    found: dict[str, set[UUID]] = {"plan": set(), "referral": set()}
    for id, kind in await rows(_SHOWN):
        found[kind].add(id)
    return found
