"""Opening, closing and doing tasks, inside the caller's transaction."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.member import service as members
from services.casework.plan.models import Plan
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS, due_at, told_as
from shared import clock
from shared.db.session import actor_of
from shared.events.casework import TaskDone, TaskOpened
from shared.events.envelope import Envelope
from shared.ids import new_id
from shared.outbox.emit import emit
from shared.practice.calendar import local_day, revision

# Compiled at import: with hundreds of steps of one instant, building a statement costs more than running it.
_IS_OPEN = text("status = 'open'")
_OPEN = insert(Task).on_conflict_do_nothing(index_elements=[Task.key], index_where=_IS_OPEN).returning(Task)
_STILL_ON_IT = select(TaskLine.id).where(TaskLine.task_id == bindparam("task"), TaskLine.closed_at.is_(None)).limit(1)
_OPENED = select(Task).where(Task.key == bindparam("task"), Task.status == "open").with_for_update()


@dataclass(frozen=True)
class About:
    """The subject of a task; all of it ids."""

    team_id: UUID
    worker_id: str | None = None
    case_id: UUID | None = None
    plan_id: UUID | None = None
    person_id: UUID | None = None
    referral_id: UUID | None = None
    agency_id: UUID | None = None


def about_case(case: Case, plan: Plan | None = None, referral_id: UUID | None = None) -> About:
    """Return the case, with its worker and person, as the subject of a task."""
    return About(case.team_id, case.worker_id, case.id, plan.id if plan else None, case.person_id, referral_id)


def about_task(task: Task) -> About:
    """Return the subject of another task."""
    return About(**{each.name: getattr(task, each.name) for each in fields(About)})


async def open_task(
    session: AsyncSession,
    kind: str,
    key: str,
    about: About,
    *,
    at: datetime,
    due: datetime | None = None,
    counted_with: int | None = None,
) -> Task:
    """Open a task and return it, or return the open task of this key.

    A worker's task without a worker, or with one who has left, is the supervisors': nothing may wait for nobody.
    `counted_with` is the revision of the bank holidays by which a given `due` was counted, where that is not the
    present one.
    """
    rule = KINDS[kind]
    worker_id = await members.present(session, about.team_id, about.worker_id)
    for_role = rule.for_role if worker_id or rule.for_role == "guardian" else "supervisor"
    values: dict[str, Any] = {
        "id": new_id(),
        "team_id": about.team_id,
        "recorded_at": clock.now(),
        "version": 1,
        "key": key,
        "kind": kind,
        "for_role": for_role,
        "worker_id": worker_id if for_role == "worker" else None,
        "case_id": about.case_id,
        "plan_id": about.plan_id,
        "person_id": about.person_id,
        "referral_id": about.referral_id,
        "agency_id": about.agency_id,
        "practice_day": local_day(at) if about.agency_id else None,
        "urgent": rule.urgent,
        "opened_at": at,
        "due_at": due or due_at(kind, at),
        "status": "open",
        "counted_with": counted_with if counted_with is not None else revision(),
    }
    fresh = await session.scalar(_OPEN, values)
    if fresh is None:
        found = await session.scalar(_OPENED, {"task": key})
        # Closed between the two statements: then this is a new occasion.
        return found or await open_task(session, kind, key, about, at=at, due=due, counted_with=counted_with)
    await emit_opened(session, fresh, at)
    return fresh


async def emit_opened(session: AsyncSession, task: Task, at: datetime) -> None:
    """Emit that a task is owed, or owed again."""
    opened = TaskOpened(
        version=task.version,
        occurred_at=at,
        task_id=task.id,
        case_id=task.case_id,
        team_id=task.team_id,
        kind=told_as(task.kind),
        for_role=task.for_role,
        due_at=task.due_at,
    )
    await emit(session, opened, aggregate=task.id)


def own_key(key: str, referral_id: UUID | None) -> str:
    """Return the key of a task about one referral where the usual key is taken by another of the person."""
    return f"{key}:{referral_id}"


def became_key(referral_id: UUID) -> str:
    """Return the key of the task that asks what became of a referral's appointment."""
    return f"what_became:{referral_id}"


async def open_task_again(session: AsyncSession, task: Task) -> Task:
    """Open another task of the same day and subject, for what is still owed after the earlier task was done."""
    return await open_task(
        session,
        task.kind,
        task.key,
        about_task(task),
        at=task.opened_at,
        due=task.due_at,
        counted_with=task.counted_with,
    )


async def close(session: AsyncSession, *where: ColumnElement[bool], why: str) -> list[Task]:
    """Close without an event the open tasks that meet these conditions: they are no longer owed."""
    found = await session.scalars(select(Task).where(Task.status == "open", *where).order_by(Task.id).with_for_update())
    tasks = list(found)
    for task in tasks:
        _end(task, "closed", None, why)
        task.closed_event = event_of(session)
    await session.flush()
    if raised := [f"overdue:{task.id}" for task in tasks if task.raised_at is not None]:
        await close(session, Task.key.in_(raised), why=why)
    return tasks


def event_of(session: AsyncSession) -> UUID | None:
    """Return the id of the event that is being handled, which is stored with what it closes; None outside a handler."""
    envelope: Envelope | None = session.info.get("envelope")
    return envelope.id if envelope else None


async def done(session: AsyncSession, task: Task, why: str | None = None, *, only: TaskLine | None = None) -> None:
    """Record that somebody did a task, and how. The task is locked by the caller and open.

    With `only` that referral comes off the task, which is done once nothing is left on it.
    """
    if only is not None and only.closed_at is None:
        only.closed_at = clock.now()
        await session.flush()
    if only is not None and await session.scalar(_STILL_ON_IT, {"task": task.id}) is not None:
        task.touch()
        return
    by = actor_of(session).user_id
    _end(task, "done", by, why)
    await close(session, Task.key == f"overdue:{task.id}", why="done")
    told = TaskDone(
        version=task.version,
        occurred_at=clock.now(),
        task_id=task.id,
        case_id=task.case_id,
        team_id=task.team_id,
        by=by,
    )
    await emit(session, told, aggregate=task.id)


def _end(task: Task, status: str, by: str | None, why: str | None) -> None:
    task.status, task.closed_at, task.closed_by, task.closed_why = status, clock.now(), by, why
    task.touch()


def is_of(task: Task, worker_id: str | None) -> None:
    """Make it the task of this worker; of the supervisors, without one."""
    task.worker_id, task.for_role = worker_id, "worker" if worker_id else "supervisor"
    # A worker who is given one task is informed by `given_by`; with a whole case they have a task of their own for it.
    task.given_by = task.given_at = None
