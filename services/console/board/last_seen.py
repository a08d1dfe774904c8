"""Storing the time up to which somebody has seen the board's changes."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.console.board.models import Look
from services.console.web.visit import Visit

FIRST_TIME = timedelta(days=7)


async def last_look(at: Visit) -> datetime:
    """Return up to when the reader has seen the changes; a week ago when they never have."""
    async with at.transaction() as tx:
        found = await tx.scalar(select(Look.looked_at).where(Look.account_id == at.me.account_id))
    return found or at.now - FIRST_TIME


async def look(at: Visit, until: datetime) -> None:
    """Record that the reader has seen everything up to `until`, unless another tab has recorded a later time."""
    row = insert(Look).values(account_id=at.me.account_id, looked_at=until)
    later = func.greatest(Look.looked_at, row.excluded.looked_at)
    async with at.transaction() as tx:
        await tx.execute(row.on_conflict_do_update(index_elements=[Look.account_id], set_={"looked_at": later}))
