"""Reopening a closed plan, with its case and its workflow."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.case.rules import stage_of_plan
from services.casework.plan import clocks
from services.casework.plan.events import emit_changed
from services.casework.plan.models import Plan
from services.casework.plan.rules import OPEN_CLOCKS


async def reopen(session: AsyncSession, case: Case, plan: Plan, note: str, *, by: str, now: datetime) -> None:
    """Open a locked closed plan again, and its case if that was closed with it. All clocks count from now."""
    if case.stage == "closed":
        await cases.reopen(session, case, note, now)
    if case.stage != "waiting":
        await cases.move(session, case, stage_of_plan(plan.template, plan.phase), now)
    plan.stage, plan.stage_since = "open", now
    plan.closed_at = plan.closed_by = plan.closing_reason = None
    plan.seen_from = plan.sighted_from = plan.reviewed_at = plan.counts_from = now
    plan.attempted_from = None
    plan.touch()
    plan.set_last_action("reopened", by, now)
    await clocks.set_anew(session, plan, OPEN_CLOCKS, now)
    await emit_changed(session, plan, "reopened", now)
