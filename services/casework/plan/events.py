"""Recording what happened to a plan: the event, the drive of its workflow, the timeline entry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.plan import board
from services.casework.plan.models import Plan
from services.casework.timeline.entries import emit_with_entry
from shared.context import correlation
from shared.events.casework import PlanChanged, PlanEvent
from shared.temporal.drive import Drive
from workflows.contracts import CASE_PLAN, plan_workflow_id


def drive(plan: Plan, kind: str) -> Drive:
    """Return the drive that has the plan's workflow refresh: the row is newer than its view."""
    fact = {"version": plan.version, "kind": kind, "correlation_id": correlation()}
    return Drive(CASE_PLAN, plan_workflow_id(plan.id), fact)


async def emit_event(
    session: AsyncSession,
    plan: Plan,
    event: type[PlanEvent],
    at: datetime,
    what: str,
    *,
    facts: Mapping[str, Any] | None = None,
    driving: bool = False,
    who: str | None = None,
    **detail: Any,
) -> None:
    """Emit an event of this plan with its `facts`, and add it to the timeline with its `detail`.

    `driving` also has the plan's workflow refresh.
    """
    await emit_with_entry(
        session,
        event.model_validate(
            {
                "version": plan.version,
                "occurred_at": at,
                "plan_id": plan.id,
                "case_id": plan.case_id,
                "person_id": plan.person_id,
                "team_id": plan.team_id,
                **(facts or {}),
            }
        ),
        aggregate=plan.id,
        row_id=plan.id,
        team_id=plan.team_id,
        what=what,
        who=who,
        drive=drive(plan, what) if driving else None,
        **detail,
    )
    board.emit_before_commit(session, plan, at)


async def emit_changed(session: AsyncSession, plan: Plan, what: str, at: datetime, **more: Any) -> None:
    """Emit a change of the plan that has no event class of its own, and have its workflow refresh."""
    await emit_event(session, plan, PlanChanged, at, what, facts={"what": what}, driving=True, **more)
