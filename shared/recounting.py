"""Recounting of dates that were counted with older bank holidays: the same in every service that has clocks."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared import log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import describe
from shared.practice.calendar import revision
from shared.rounds import every

__all__ = ["SECONDS", "Recounting"]

SECONDS: Final = 2.0
_AT_ONCE = 200
_FIRST = UUID(int=0)

Behind = Callable[[AsyncSession, UUID, int], Awaitable[Sequence[UUID]]]
One = Callable[[AsyncSession, UUID], Awaitable[None]]
Before = Callable[[AsyncSession], Awaitable[None]]


class Recounting:
    """The recounting rounds of one process.

    `behind` names rows from an id on, `one` recounts one of them in a transaction of its own, and `before` runs first,
    once for every change of bank holidays that this process sees. Recounting needs the database alone: while the
    engines are unavailable it goes on, and the outbox informs them later.
    """

    def __init__(self, database: Database, behind: Behind, one: One, before: Before | None = None) -> None:
        self._database, self._behind, self._one, self._before = database, behind, one, before
        self._actor = Actor.service(database.service)
        self._met = 0

    async def run(self) -> None:
        """Run a round every `SECONDS`, for ever."""
        await every(SECONDS, self.round)

    async def round(self) -> int:
        """Recount every row that is behind; return their number. A row that fails is logged and retried next round."""
        await self._changes()
        last, counted = _FIRST, 0
        while True:
            async with self._database.transaction(self._actor) as session:
                found = await self._behind(session, last, _AT_ONCE)
            for id in found:
                counted += await self._try(id)
            if len(found) < _AT_ONCE:
                return counted
            last = found[-1]

    async def _changes(self) -> None:
        if self._before is None:
            return
        async with self._database.transaction(self._actor) as session:
            now = revision()
            if now != self._met:
                await self._before(session)
        self._met = now

    async def _try(self, id: UUID) -> bool:
        try:
            async with self._database.transaction(self._actor) as session:
                await self._one(session, id)
        except Exception as error:
            log.get(part="recount").error("not counted anew", id=str(id), reason=describe(error))
            return False
        return True
