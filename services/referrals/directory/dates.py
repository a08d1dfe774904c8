"""What the dates of services do by themselves: one that has run out is a task of whoever has a referral open there.

Whether a service is offered is asked of its dates each time it is listed. Nobody asks for those that have referrals
open: they are looked through once a day.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import not_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import AgencyService
from services.referrals.directory.service import is_open
from services.referrals.referral import shut
from shared import clock


async def look(session: AsyncSession, today: date) -> dict[UUID, int]:
    """Tell the workers of open referrals, once, of services that are not offered any more; how many at each.

    Also of hidden ones: they may have been referred to before. One that opens again is told of when it shuts anew.
    """
    offered, now = is_open(today), clock.now()
    again = update(AgencyService).where(AgencyService.shut_told_at.is_not(None), offered)
    await session.execute(again.values(shut_told_at=None).execution_options(synchronize_session=False))
    # Two processes that look at once: who comes second waits, and finds it told.
    news = update(AgencyService).where(AgencyService.shut_told_at.is_(None), not_(offered))
    news = news.values(shut_told_at=now).returning(AgencyService.id).execution_options(synchronize_session=False)
    return await shut.tell_of_shut(session, list(await session.scalars(news)), now)
