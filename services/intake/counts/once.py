"""Idempotency of a count, without a record of the actor or the day."""

from fastapi import Request
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.platform_tables import idempotency_keys as keys
from shared.http.idempotency import Idempotency


class Nobody(Idempotency):
    """An idempotency key that is not bound to an account and whose instant is only a week.

    The instant is the end of the week, so that the row is kept for at least the usual seven days.
    """

    def __init__(self, session: AsyncSession, request: Request, key: str | None) -> None:
        super().__init__(session, "nobody", request, key)

    async def forget_the_day(self) -> None:
        """Round the instant of the key's row; call this after the count, in the same transaction."""
        week_end = func.date_trunc("week", keys.c.recorded_at) + text("interval '7 days'")
        mine = (keys.c.scope == self._scope("")) & (keys.c.key == self.key)
        await self._session.execute(update(keys).where(mine).values(recorded_at=week_end))
