"""Escalations end with the question of their clock: with the stage, or, for spans and the question, with the answer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.escalation.models import Escalation
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position
from shared.events.referrals import EscalationsResolved

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"


async def resolve(
    session: AsyncSession,
    position: Position,
    stage_entry: int,
    at: datetime,
    too_early: Collection[tuple[str, str]] = (),
) -> None:
    """Resolve the escalations that no running clock asks for, and emit what was resolved and what is still owed.

    Nothing is emitted when nothing was resolved. `stage_entry`: the stage that is over, or the present one when one of
    its clocks was answered. `too_early`: the (clock, step) pairs of running clocks that fired and were not due.
    """
    referral = position.referral
    running = {opening.clock for opening in position.ladder.openings}
    still_owed: list[UUID] = []
    done = False
    for row in await owed(session, referral):
        if row.clock in running and (row.clock, row.rung) not in too_early:
            still_owed.append(row.id)
        else:
            row.state, row.resolved_at, done = RESOLVED, at, True
    if done:
        await emit_event(
            session, referral, EscalationsResolved, at, drive=False, stage_entry=stage_entry, still_owed=still_owed
        )


async def owed(session: AsyncSession, referral: Referral) -> Sequence[Escalation]:
    """Return the escalations that are not resolved, acknowledged or not."""
    rows = await session.scalars(
        select(Escalation)
        .where(Escalation.referral_id == referral.id, Escalation.state != RESOLVED)
        .order_by(Escalation.id)
    )
    return rows.all()


async def acknowledge(session: AsyncSession, referral: Referral, until: datetime) -> None:
    """Acknowledge the open escalations until then: somebody is working on them."""
    await session.execute(
        update(Escalation)
        .where(Escalation.referral_id == referral.id, Escalation.state == OPEN)
        .values(state=ACKNOWLEDGED, acknowledged_until=until)
        .execution_options(synchronize_session="fetch")
    )
