"""How a figure is asked of a database: by a statement with %s for parameters, over whichever connection there is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from shared.db.session import Database
from shared.practice.calendar import local_day, working_days_after

ASLEEP = timedelta(minutes=15)
"""A row whose next step is this long overdue has a workflow that does not wake, or none."""
ON_ITS_WAY = timedelta(minutes=10)
"""For so long after a row was recorded its workflow and board row may still be missing."""
READ_WITHIN = 2
"""Working days within which an email of a service is to be read: its steps are paused until then."""
TASK_DAYS = 5
"""Days overdue after which nobody seems to be doing a task."""


class Rows(Protocol):
    """Runs a statement on one service's database and returns its rows."""

    async def __call__(self, query: str, *parameters: object) -> list[tuple[Any, ...]]: ...


def rows_of(database: Database, within: float) -> Rows:
    """Return what asks a database, and gives up after so many seconds."""
    patience = f"SET LOCAL statement_timeout = {int(within * 1000)}"

    async def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql(patience)
            return [tuple(row) for row in await connection.exec_driver_sql(query, parameters or None)]

    return rows


async def count(rows: Rows, query: str, *parameters: object) -> int:
    """Return the number that a statement counts."""
    return (await rows(query, *parameters))[0][0]


async def recorded(rows: Rows, query: str) -> dict[UUID, datetime]:
    """Return when each row was recorded, by its id."""
    return {id: at for id, at in await rows(query)}


def settled(recorded: Mapping[UUID, datetime], now: datetime) -> set[UUID]:
    """Return the rows that are old enough for a workflow and a place on the board."""
    return {id for id, at in recorded.items() if at < now - ON_ITS_WAY}


def working_days_ago(at: datetime, now: datetime) -> int:
    """Return how many whole working days have passed, and one more than `READ_WITHIN` at the most."""
    day, days = local_day(at), 0
    while days <= READ_WITHIN and (day := working_days_after(day, 1)) <= local_day(now):
        days += 1
    return days
