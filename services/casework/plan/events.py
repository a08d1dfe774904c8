"""Recording what happened to a plan: the event, the drive of its workflow, the timeline entry."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.plan import board
from services.casework.plan.models import Plan
from services.casework.timeline.entries import emit_with_entry
from shared.context import correlation
from shared.events.casework import PlanChanged
from shared.events.envelope import Event
from shared.temporal.drive import Drive
from workflows.contracts import CASE_PLAN, plan_workflow_id


def drive(plan: Plan, kind: str) -> Drive:
    """Return the drive that has the plan's workflow refresh: the row is newer than its view."""
    fact = {"version": plan.version, "kind": kind, "correlation_id": correlation()}
    return Drive(CASE_PLAN, plan_workflow_id(plan.id), fact)


async def emit_event(
    session: AsyncSession,
    plan: Plan,
    event: Event,
    what: str,
    *,
    driving: bool = False,
    who: str | None = None,
    **detail: Any,
) -> None:
    """Emit an event of this plan and add it to the timeline. `driving` also has the plan's workflow refresh."""
    await emit_with_entry(
        session,
        event,
        aggregate=plan.id,
        row_id=plan.id,
        team_id=plan.team_id,
        what=what,
        who=who,
        drive=drive(plan, what) if driving else None,
        **detail,
    )
    board.emit_before_commit(session, plan, event.occurred_at)


async def emit_changed(session: AsyncSession, plan: Plan, what: str, at: Any) -> None:
    """Emit a change of the plan that has no event class of its own, and have its workflow refresh."""
    event = PlanChanged(
        version=plan.version, occurred_at=at, plan_id=plan.id, case_id=plan.case_id, team_id=plan.team_id, what=what
    )
    await emit_event(session, plan, event, what, driving=True)
