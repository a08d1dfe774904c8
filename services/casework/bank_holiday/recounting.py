"""Recount the steps of plans and the days of tasks, one row per transaction, when bank holidays have changed.

The backlog is known from the rows alone: each row keeps the revision of the added days by which it was counted.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.bank_holiday.models import DaysOffRow
from services.casework.bank_holiday.rules import step_stands, task_due
from services.casework.case.models import Case
from services.casework.next_step.models import NextStep
from services.casework.plan import clocks
from services.casework.plan.events import emit_changed
from services.casework.plan.models import PlanStep
from services.casework.plan.rules import Facts
from services.casework.plan.steps import locked
from services.casework.projections.models import KnownReferral
from services.casework.task.models import Task
from services.casework.task.rules import next_step_counted_as
from shared import clock, days_off
from shared.http.state import Services
from shared.practice.calendar import revision
from shared.practice.ladder_engine import PLANNED
from shared.recounting import Recounting
from shared.supervise import run_all

RECOUNTED = "recounted"


async def keep_counted(services: Services) -> None:
    """Recount in the background for as long as the process runs."""
    plans = Recounting(services.work, plans_behind, recount_plan)
    tasks = Recounting(services.work, tasks_behind, recount_task)
    await run_all(plans.run(), tasks.run())


async def plans_behind(session: AsyncSession, after: UUID, most: int) -> Sequence[UUID]:
    """List plans, from an id on, with a planned step that was counted by an older revision of the days."""
    found = await session.scalars(
        select(PlanStep.plan_id)
        .where(PlanStep.outcome == PLANNED, PlanStep.counted_with < revision(), PlanStep.plan_id > after)
        .distinct()
        .order_by(PlanStep.plan_id)
        .limit(most)
    )
    return list(found)


async def recount_plan(session: AsyncSession, plan_id: UUID) -> None:
    """Count one plan's steps by the transaction's days. Fired steps stay; the workflow is informed of a change."""
    found = await locked(session, plan_id)
    if found is None:
        return
    _, plan = found
    facts = clocks.facts_of(plan, await clocks.hold_of(session, plan))
    moved = False
    for row in await clocks.planned(session, plan):
        if row.counted_with < revision():
            moved |= await _step(session, row, facts)
    if moved:
        plan.touch()
        by = await session.scalar(select(DaysOffRow.by).where(DaysOffRow.revision == revision())) or "system"
        await emit_changed(session, plan, RECOUNTED, clock.now(), who=by)
    await session.flush()


async def _step(session: AsyncSession, row: PlanStep, facts: Facts) -> bool:
    before = await days_off.of_revision(session, DaysOffRow, row.counted_with)
    previous = await session.scalar(
        select(PlanStep).where(
            PlanStep.plan_id == row.plan_id,
            PlanStep.stage_entry == row.stage_entry,
            PlanStep.clock == row.clock,
            PlanStep.action == row.action,
            PlanStep.occurrence == row.occurrence - 1,
        )
    )
    step, last = row.step(), previous.step() if previous is not None else None
    at = step_stands(step, facts, row.recorded_at, last, row.first_stood_at, before)
    row.counted_with = revision()
    if at == row.at:
        return False
    row.first_stood_at = row.first_stood_at or row.at
    row.at = at
    return True


async def tasks_behind(session: AsyncSession, after: UUID, most: int) -> Sequence[UUID]:
    """List open tasks, from an id on, whose day was counted by an older revision of the days."""
    found = await session.scalars(
        select(Task.id)
        .where(Task.status == "open", Task.counted_with < revision(), Task.id > after)
        .order_by(Task.id)
        .limit(most)
    )
    return list(found)


async def recount_task(session: AsyncSession, task_id: UUID) -> None:
    """Count the day of one task by the transaction's days; the next step or waiting case of the task is due with it."""
    about = (await session.execute(select(Task.kind, Task.case_id, Task.key).where(Task.id == task_id))).one_or_none()
    if about is None:
        return
    # Locked in the same order everywhere.
    if about.kind == "waiting_for_worker":
        await session.execute(select(Case.id).where(Case.id == about.case_id).with_for_update())
    counted_as = about.kind
    step_id = UUID(about.key.rpartition(":")[2]) if about.kind == "next_step" else None
    if step_id is not None:
        why = await session.scalar(select(NextStep.why).where(NextStep.id == step_id).with_for_update())
        counted_as = next_step_counted_as(why)
    task = await session.scalar(select(Task).where(Task.id == task_id, Task.status == "open").with_for_update())
    if task is None or task.counted_with >= revision():
        return
    before = await days_off.of_revision(session, DaysOffRow, task.counted_with)
    appointment = select(KnownReferral.appointment_at).where(KnownReferral.id == task.referral_id)
    due = task_due(counted_as, task.opened_at, task.due_at, await session.scalar(appointment), before)
    task.counted_with = revision()
    if due == task.due_at:
        return
    if step_id is not None:
        mine = NextStep.id == step_id, NextStep.due_at == task.due_at
        await session.execute(update(NextStep).where(*mine).values(due_at=due, version=NextStep.version + 1))
    elif task.kind == "waiting_for_worker":
        its = Case.id == task.case_id, Case.waiting_until == task.due_at
        await session.execute(update(Case).where(*its).values(waiting_until=due, version=Case.version + 1))
    task.due_at = due
    task.touch()
