"""Dates of services that pass without an import: a service that is no longer offered is a task of its referrers.

Every listing checks the dates of a service. Services with open referrals are checked once a day, since nothing else
would notice that their dates have passed.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import not_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import AgencyService
from services.referrals.directory.service import is_open
from services.referrals.directory_change import closures
from shared import clock


async def report_closed_services(session: AsyncSession, today: date) -> dict[UUID, int]:
    """Inform the workers of open referrals, once, of services that are not offered any more; return how many at each.

    Hidden services are included: they may have referrals from before. A service that opens again is reported again when
    it shuts anew.
    """
    offered, now = is_open(today), clock.now()
    again = update(AgencyService).where(AgencyService.shut_told_at.is_not(None), offered)
    await session.execute(again.values(shut_told_at=None).execution_options(synchronize_session=False))
    # When two processes check at the same time, the second waits and finds the services already marked.
    news = update(AgencyService).where(AgencyService.shut_told_at.is_(None), not_(offered))
    news = news.values(shut_told_at=now).returning(AgencyService.id).execution_options(synchronize_session=False)
    return await closures.report_closures(session, list(await session.scalars(news)), now)
