"""Counting a contact: met and spoke reset the cadence, a sighting ends a search or a pause, a miss changes nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.hold.rules import ended_by_contact
from services.casework.plan import clocks, pausing
from services.casework.plan.models import Plan
from services.casework.plan.telling import say
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import UNTIL_SEEN
from shared import clock
from shared.events.casework import PlanContactCounted


async def count(
    session: AsyncSession, case: Case, plan: Plan, *, contact_id: UUID, kind: str, by: str, occurred_at: datetime
) -> None:
    """Let a contact act on a locked plan. It may be a late entry: the latest `occurred_at` wins, nothing un-fires."""
    plan.touch()
    if plan.last_human_at < occurred_at:
        plan.last_human_what, plan.last_human_by, plan.last_human_at = kind, by, occurred_at
    if kind != "missed" and (plan.last_contact_at is None or plan.last_contact_at < occurred_at):
        plan.last_contact_at, plan.last_contact_kind = occurred_at, kind
    if plan.stage in ("open", "held"):
        await _act(session, case, plan, kind, occurred_at)
    event = PlanContactCounted(
        version=plan.version,
        occurred_at=occurred_at,
        plan_id=plan.id,
        case_id=case.id,
        team_id=plan.team_id,
        contact_id=contact_id,
        kind=kind,
    )
    await say(session, plan, event, f"contact_{kind}", driving=True, who=by)


async def _act(session: AsyncSession, case: Case, plan: Plan, kind: str, at: datetime) -> None:
    hold = await clocks.hold_of(session, plan)
    if hold is not None:
        if at >= hold.began_at and ended_by_contact(hold.kind, kind):
            await pausing.end(session, case, plan, hold, at, by="system", how=kind)
        elif kind in ("met", "spoke") and at > (plan.hold_contact_at or hold.began_at):
            plan.hold_contact_at = at
            await clocks.set_anew(session, plan, ("hold_contact",), clock.now())
            await tasks.close(
                session, Task.plan_id == plan.id, Task.kind.in_(("prison_contact", "ward_visit")), why="seen"
            )
            return
        else:
            return
    if kind in ("met", "spoke") and at > plan.seen_from:
        await _seen(session, case, plan, kind, at)
    elif kind == "sighted" and at > plan.sighted_from:
        await _sighted(session, case, plan, at)


async def _seen(session: AsyncSession, case: Case, plan: Plan, kind: str, at: datetime) -> None:
    plan.seen_from, plan.sighted_from = at, max(plan.sighted_from, at)
    # A call shows that he lives; only eyes count in the days of risk.
    risky = ("watch",) if kind == "met" and plan.watch_until is not None else ()
    await clocks.set_anew(session, plan, ("contact", *risky), clock.now())
    await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(UNTIL_SEEN), why="seen")
    if case.stage == "lost_contact":
        await cases.go_on(session, case, clock.now())


async def _sighted(session: AsyncSession, case: Case, plan: Plan, at: datetime) -> None:
    plan.sighted_from = at
    now = clock.now()
    await clocks.set_anew(session, plan, ("contact",), now, only=("lost_contact",))
    if plan.watch_until is not None:
        await clocks.set_anew(session, plan, ("watch",), now)
    if case.stage == "lost_contact":
        searching = Task.kind.in_(("check_custody", "check_hospital", "check_coroner", "check_shelter"))
        await tasks.close(session, Task.plan_id == plan.id, searching, why="sighted")
        await cases.go_on(session, case, now)
