"""Opening, recording and closing next steps, inside the caller's transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.next_step.models import NextStep
from services.casework.next_step.schemas import NextStepView
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import due_at, next_step_counted_as
from shared import clock
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.events.casework import NextStepOpened, NextStepRecorded
from shared.http.cursors import Page, PageRequest, page
from shared.ids import new_id
from shared.outbox.emit import emit


async def open_for(
    session: AsyncSession, about: tasks.About, *, stage_entry: int, why: str, reason: str | None, at: datetime
) -> bool:
    """Open the next step of a referral's stage entry, once; return False when it was opened before."""
    due = due_at(next_step_counted_as(why), at)
    values: dict[str, Any] = {
        "id": new_id(),
        "team_id": about.team_id,
        "recorded_at": clock.now(),
        "version": 1,
        "case_id": about.case_id,
        "plan_id": about.plan_id,
        "person_id": about.person_id,
        "referral_id": about.referral_id,
        "agency_id": about.agency_id,
        "stage_entry": stage_entry,
        "why": why,
        "reason": reason,
        "opened_at": at,
        "due_at": due,
        "status": "open",
    }
    statement = insert(NextStep).values(**values).on_conflict_do_nothing().returning(NextStep.id)
    step_id = await session.scalar(statement)
    if step_id is None:
        return False
    task = tasks.About(about.team_id, about.worker_id, about.case_id, about.plan_id, about.person_id, about.referral_id)
    await tasks.open_task(session, "next_step", task_key(step_id), task, at=at, due=due)
    if about.case_id is not None:
        opened = NextStepOpened(
            version=1,
            occurred_at=at,
            next_step_id=step_id,
            case_id=about.case_id,
            team_id=about.team_id,
            referral_id=about.referral_id,
        )
        await emit(session, opened, aggregate=step_id)
    return True


def task_key(step_id: UUID) -> str:
    return f"next_step:{step_id}"


async def record(session: AsyncSession, step: NextStep, what: str) -> None:
    """Record what is done instead. The step is locked by the caller and open."""
    now, by = clock.now(), actor_of(session).user_id
    step.what, step.status, step.closed_at, step.closed_by = what, "recorded", now, by
    step.touch()
    await tasks.close(session, Task.key == task_key(step.id), why="recorded")
    if step.case_id is not None:
        recorded = NextStepRecorded(
            version=step.version,
            occurred_at=now,
            next_step_id=step.id,
            case_id=step.case_id,
            team_id=step.team_id,
            by=by,
        )
        await emit(session, recorded, aggregate=step.id)


async def close(session: AsyncSession, *where: ColumnElement[bool], why: str) -> None:
    """Close open steps without an event: the case ended, or the referral was sent or opened again."""
    found = await session.scalars(
        select(NextStep).where(NextStep.status == "open", *where).order_by(NextStep.id).with_for_update()
    )
    for step in found:
        step.status, step.closed_at, step.closed_why = "closed", clock.now(), why
        step.closed_event = tasks.event_of(session)
        step.touch()
        await tasks.close(session, Task.key == task_key(step.id), why=why)
    await session.flush()


async def put_back(session: AsyncSession, event_id: UUID) -> None:
    """Open again what an event had closed by mistake. The tasks of these steps are put back by `task.again`."""
    found = await session.scalars(
        select(NextStep)
        .where(NextStep.closed_event == event_id, NextStep.status == "closed")
        .order_by(NextStep.id)
        .with_for_update()
    )
    for step in found:
        step.status, step.closed_event = "open", None
        step.closed_at = step.closed_by = step.closed_why = None
        step.touch()
    await session.flush()


async def take_up(session: AsyncSession, case_id: UUID, team_id: UUID, person_id: UUID) -> None:
    """Attach to a new case the steps that are still owed to the person from before it."""
    found = await session.scalars(
        select(NextStep)
        .where(NextStep.team_id == team_id, NextStep.person_id == person_id, NextStep.status == "open")
        .order_by(NextStep.id)
        .with_for_update()
    )
    for step in found:
        step.case_id = case_id
        step.touch()
    await session.flush()


async def listed(
    session: AsyncSession, paging: PageRequest, *, status: str, case_id: UUID | None, referral_id: UUID | None
) -> Page[NextStep]:
    """Return next steps of the actor's teams, the most pressing first."""
    statement = in_teams(select(NextStep).where(NextStep.status == status), NextStep, actor_of(session))
    if case_id is not None:
        statement = statement.where(NextStep.case_id == case_id)
    if referral_id is not None:
        statement = statement.where(NextStep.referral_id == referral_id)
    return await page(session, statement, [(NextStep.due_at, "asc"), (NextStep.id, "asc")], paging)


def view(step: NextStep) -> NextStepView:
    fields = {name: getattr(step, name) for name in NextStepView.model_fields if name != "overdue"}
    return NextStepView(**fields, overdue=step.status == "open" and step.due_at < clock.now())
