"""Setting the clocks of a referral after a fact."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import rules as clock_rules
from services.referrals.clock import service as clocks
from services.referrals.directory import service as directory
from services.referrals.referral.position import Position


async def set_clocks(session: AsyncSession, position: Position, now: datetime) -> None:
    """Open the clocks that should run since the last fact, once, in the transaction that records the fact."""
    row = position.referral
    if not row.clocks_due:
        return
    row.clocks_due = False
    all_rules = await clocks.rules_of(session, row.team_id)
    service = await directory.agency_of(session, row.service_id)
    await clocks.open_stage(
        position.ladder,
        position.where(),
        row.stage_entry,
        all_rules,
        agency_has_email=service is not None and service.has_email,
        now=now,
    )
    row.off_reason = clock_rules.off_reason(position.where(), all_rules)
    await session.flush()
