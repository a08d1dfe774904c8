"""A shut service, or one that left its directory: whoever works on an open referral to it gets a task."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral
from services.referrals.referral.transitions import SYSTEM, Attribution, append_history
from shared.events.referrals import ServiceShut


async def report_closures(session: AsyncSession, service_ids: Collection[UUID], at: datetime) -> dict[UUID, int]:
    """Record the closing on every open referral to these services, with a task; return how many there are at each."""
    query = select(Referral).where(Referral.service_id.in_(list(service_ids)), Referral.state.not_in(sorted(ENDINGS)))
    told: dict[UUID, int] = {}
    for row in await session.scalars(query.order_by(Referral.id).with_for_update()):
        await emit_event(session, row, ServiceShut, at)
        append_history(session, row, "service_shut", Attribution(SYSTEM, at))
        told[row.service_id] = told.get(row.service_id, 0) + 1
    return told
