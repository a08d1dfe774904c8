"""A service has shut, or left its directory: whoever works on an open referral to it is asked to see to it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.entering import SYSTEM, Act, note_line
from services.referrals.referral.models import Referral
from services.referrals.referral.telling import tell
from services.referrals.referral.words import ENDINGS
from shared.events.referrals import ServiceShut


async def tell_of_shut(session: AsyncSession, service_ids: Collection[UUID], at: datetime) -> dict[UUID, int]:
    """Record it on every open referral to these services, and open a task; answers how many there are at each."""
    query = select(Referral).where(Referral.service_id.in_(list(service_ids)), Referral.state.not_in(sorted(ENDINGS)))
    told: dict[UUID, int] = {}
    for row in await session.scalars(query.order_by(Referral.id).with_for_update()):
        await tell(session, row, ServiceShut, at)
        note_line(session, row, "service_shut", Act(SYSTEM, at))
        told[row.service_id] = told.get(row.service_id, 0) + 1
    return told
