"""Effects of a contact on a plan.

Met and spoke reset the cadence, a sighting ends a search, a miss counts only while engaging. In a pause for prison or
hospital no contact ends the pause by itself: the worker is asked whether the person is back.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.hold.rules import CONTACT_TASK, ended_by_contact
from services.casework.plan import clocks, pausing
from services.casework.plan.events import emit_event
from services.casework.plan.models import Plan
from services.casework.plan.steps import task_key
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import UNTIL_MET, UNTIL_SEEN
from shared import clock
from shared.events.casework import PlanContactCounted
from shared.practice.cadence import ATTEMPT_PHASE, ATTEMPT_STEPS


async def count(
    session: AsyncSession, case: Case, plan: Plan, *, contact_id: UUID, kind: str, by: str, occurred_at: datetime
) -> None:
    """Apply a contact to a locked plan. A late entry is allowed: the latest `occurred_at` wins, no step un-fires."""
    plan.touch()
    if plan.last_human_at < occurred_at:
        plan.set_last_action(kind, by, occurred_at)
    if kind != "missed" and (plan.last_contact_at is None or plan.last_contact_at < occurred_at):
        plan.last_contact_at, plan.last_contact_kind = occurred_at, kind
    if plan.stage in ("open", "held"):
        await _act(session, case, plan, kind, occurred_at)
    facts = {"contact_id": contact_id, "kind": kind}
    await emit_event(
        session, plan, PlanContactCounted, occurred_at, f"contact_{kind}", facts=facts, driving=True, who=by
    )


async def _act(session: AsyncSession, case: Case, plan: Plan, kind: str, at: datetime) -> None:
    plan.met = plan.met or kind in ("met", "spoke")
    hold = await clocks.hold_of(session, plan)
    if hold is not None:
        if at < hold.began_at:
            return
        if not ended_by_contact(hold.kind, kind):
            await _in_pause(session, case, plan, hold, kind, at)
            return
        await pausing.end(session, case, plan, hold, at, by="system", how=kind)
    if kind in ("met", "spoke") and at > plan.seen_from:
        await _seen(session, case, plan, kind, at)
    elif kind == "sighted" and at > plan.sighted_from:
        await _sighted(session, case, plan, at)
    elif kind == "missed" and plan.phase == ATTEMPT_PHASE and at > (plan.attempted_from or plan.seen_from):
        plan.attempted_from = at
        await clocks.set_anew(session, plan, ("contact",), clock.now(), only=ATTEMPT_STEPS)
        await tasks.close(session, Task.plan_id == plan.id, Task.kind == "not_seen", why="attempted")


async def _in_pause(session: AsyncSession, case: Case, plan: Plan, hold: Hold, kind: str, at: datetime) -> None:
    now = clock.now()
    if kind in ("met", "spoke") and at > (plan.hold_contact_at or hold.began_at):
        plan.hold_contact_at = at
        await clocks.set_anew(session, plan, ("hold_contact",), now)
        await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(CONTACT_TASK.values()), why="seen")
    if kind not in ("met", "sighted"):
        return
    if plan.watch_until is not None and at > plan.sighted_from:
        # The known end of the pause is past: this contact came after it.
        plan.sighted_from = at
        await clocks.set_anew(session, plan, ("watch",), now)
        if kind == "met":
            seen = Task.kind.in_(UNTIL_MET | {"not_seen"})
            await tasks.close(session, Task.plan_id == plan.id, seen, why="seen")
    if at > (hold.confirmed_at or hold.began_at):
        about = tasks.about_case(case, plan)
        await tasks.open_task(session, "check_return", task_key("check_return", plan), about, at=now)


async def _seen(session: AsyncSession, case: Case, plan: Plan, kind: str, at: datetime) -> None:
    plan.seen_from, plan.sighted_from, plan.attempted_from = at, max(plan.sighted_from, at), None
    # A call shows that the person is alive; in the days of risk only seeing them counts.
    risky = ("watch",) if kind == "met" and plan.watch_until is not None else ()
    await clocks.set_anew(session, plan, ("contact", *risky), clock.now())
    moot = UNTIL_SEEN | (UNTIL_MET if kind == "met" else frozenset())
    await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(moot), why="seen")
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
