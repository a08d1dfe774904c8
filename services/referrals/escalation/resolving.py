"""Escalations end with the stage they belong to."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.escalation.models import Escalation
from services.referrals.referral.models import Referral
from services.referrals.referral.telling import tell
from shared.events.referrals import EscalationsResolved

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"


async def resolve(session: AsyncSession, referral: Referral, stage_entry: int, at: datetime) -> None:
    """The tasks that this stage's steps opened are no longer owed. Says so only if there were any."""
    done = await session.execute(
        update(Escalation)
        .where(
            Escalation.referral_id == referral.id,
            Escalation.stage_entry == stage_entry,
            Escalation.state != RESOLVED,
        )
        .values(state=RESOLVED, resolved_at=at)
        .execution_options(synchronize_session="fetch")
        .returning(Escalation.id)
    )
    if done.scalars().first() is not None:
        await tell(session, referral, EscalationsResolved, at, drive=False, stage_entry=stage_entry)


async def acknowledge(session: AsyncSession, referral: Referral, until: datetime) -> None:
    """Somebody is on what is open, until then."""
    await session.execute(
        update(Escalation)
        .where(Escalation.referral_id == referral.id, Escalation.state == OPEN)
        .values(state=ACKNOWLEDGED, acknowledged_until=until)
        .execution_options(synchronize_session="fetch")
    )
