"""Changes of board rows as they happen, for every open stream of this process: one reader of the table for all.

Positions are the database's real time in microseconds. A transaction may commit after a later-numbered one, so every
read goes ten seconds back. A reader drops rows whose version it has, so a repeated row is harmless and none is missed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.rows import BOARD, ROWS, as_view
from services.casework.board.schemas import BoardRowView
from shared import clock, log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import describe

OVERLAP = timedelta(seconds=10)
POLL_SECONDS = 0.5
LONGEST_CATCH_UP, MOST_TO_CATCH_UP = timedelta(minutes=10), 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 1000  # queued rows after which a slow reader has to reconnect

_wakeups: "WeakSet[asyncio.Event]" = WeakSet()


def wake() -> None:
    """Wake the feeds of this process: a row was just written."""
    for wakeup in list(_wakeups):
        wakeup.set()


def position(changed_at: datetime) -> str:
    """Return the stream position of an instant, as an event id."""
    return str((changed_at - _EPOCH) // timedelta(microseconds=1))


def instant(place: str) -> datetime | None:
    """Return the instant of a stream position; None when the text is malformed."""
    if not place.isascii() or not place.isdecimal() or len(place) > 17:
        return None
    return _EPOCH + timedelta(microseconds=int(place))


async def newest(session: AsyncSession) -> datetime:
    """Return the current end of the stream, by the database's clock."""
    return (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()


Change = tuple[BoardRowView, datetime]


async def since(
    session: AsyncSession, place: datetime, upto: datetime, teams: Sequence[UUID] | None
) -> list[Change] | None:
    """Return the changes after `place`; None when they are too old or too many, and the board is to be read again."""
    if place < upto - LONGEST_CATCH_UP:
        return None
    missed = await changed_since(session, place - OVERLAP, teams, most=MOST_TO_CATCH_UP + 1)
    return None if len(missed) > MOST_TO_CATCH_UP else missed


async def changed_since(
    session: AsyncSession, since: datetime, teams: Sequence[UUID] | None, most: int | None = None
) -> list[Change]:
    """Return rows written after an instant, closed ones too, in the order of their changes."""
    statement = (
        ROWS.add_columns(BOARD.c.changed_at).where(BOARD.c.changed_at > since).order_by(BOARD.c.change).limit(most)
    )
    if teams is not None:
        statement = statement.where(BOARD.c.team_id.in_(teams))
    now = clock.now()
    return [(as_view(row[:-1], now), row[-1]) for row in await session.execute(statement)]


class Feed:
    """The one reader of board changes in a process. It polls only while there are listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._wakeup = asyncio.Event()
        _wakeups.add(self._wakeup)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator["asyncio.Queue[Change | None]"]:
        """Yield a queue of every change from now on; None in it means: too slow, reconnect with the last position."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_MOST)
        self._listeners.add(queue)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def _read(self) -> None:
        since: datetime | None = None
        sent: dict[UUID, int] = {}
        while self._listeners:
            self._wakeup.clear()
            try:
                async with self._database.transaction(Actor.service("casework")) as session:
                    upto = await newest(session)
                    changes = await changed_since(session, (since or upto) - OVERLAP, None)
            except Exception as error:
                log.get(part="board").warning("board stream waits for the database", reason=describe(error))
                await asyncio.sleep(POLL_SECONDS)
                continue
            since = upto
            sent = self._pass_on(changes, sent)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wakeup.wait()

    def _pass_on(self, changes: list[Change], sent: dict[UUID, int]) -> dict[UUID, int]:
        """Pass new changes to all listeners; return the versions that the next read will see again."""
        for row, at in changes:
            if sent.get(row.id) == row.version:
                continue
            for queue in self._listeners:
                if queue.full():
                    self._drop(queue)
                else:
                    queue.put_nowait((row, at))
        return {row.id: row.version for row, _ in changes}

    def _drop(self, queue: "asyncio.Queue[Change | None]") -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
