"""Keeping when somebody last looked."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.console.board.models import Look
from services.console.web.visit import Visit

FIRST_TIME = timedelta(days=7)


async def last_look(at: Visit) -> datetime:
    """Up to when the reader has seen what changed; the first time the last week is new."""
    async with at.transaction() as tx:
        found = await tx.scalar(select(Look.looked_at).where(Look.account_id == at.me.account_id))
    return found or at.now - FIRST_TIME


async def look(at: Visit, until: datetime) -> None:
    """He has seen everything up to then. Never back: another tab may have been later."""
    row = insert(Look).values(account_id=at.me.account_id, looked_at=until)
    later = func.greatest(Look.looked_at, row.excluded.looked_at)
    async with at.transaction() as tx:
        await tx.execute(row.on_conflict_do_update(index_elements=[Look.account_id], set_={"looked_at": later}))
