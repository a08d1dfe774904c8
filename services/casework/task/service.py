"""Opening, gathering, closing and doing tasks, inside the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.casework.member import service as members
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS, MAILS, OUTLIVES_CASES, due_at, told_as
from shared import clock
from shared.db.base import table_of
from shared.db.session import actor_of
from shared.events.casework import TaskDone, TaskOpened
from shared.events.envelope import Envelope
from shared.ids import new_id
from shared.outbox.emit import emit
from shared.practice.calendar import local_day, revision

# Compiled at import: with hundreds of steps of one instant, building a statement costs more than running it.
_IS_OPEN = text("status = 'open'")
_OPEN = insert(Task).on_conflict_do_nothing(index_elements=[Task.key], index_where=_IS_OPEN).returning(Task)
_OPENED = select(Task).where(Task.key == bindparam("task"), Task.status == "open").with_for_update()
_LINE = insert(table_of(TaskLine)).on_conflict_do_nothing()
_HAS_LINE = select(TaskLine.id).where(TaskLine.source == bindparam("from"), TaskLine.task_kind == bindparam("of"))

# Tasks that follow the worker of a case, also while they are the supervisors' because the case has none.
_WORKERS = sorted(name for name, kind in KINDS.items() if kind.for_role == "worker")


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
    await tell_opened(session, fresh, at)
    return fresh


async def tell_opened(session: AsyncSession, task: Task, at: datetime) -> None:
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


@dataclass(frozen=True)
class Line:
    """One referral that joins the day's task. `source` is unique to the fact that asked for it."""

    source: str
    referral_id: UUID
    stage_entry: int
    person_id: UUID
    case_id: UUID | None


async def gather(session: AsyncSession, kind: str, about: About, line: Line, *, at: datetime) -> Task | None:
    """Put a referral on the day's task for its agency and worker (or supervisors). Return None when already there."""
    if await session.scalar(_HAS_LINE, {"from": line.source, "of": kind}) is not None:
        return None
    about = replace(about, worker_id=await members.present(session, about.team_id, about.worker_id))
    task = await open_task(session, kind, day_key(kind, about, at), about, at=at)
    await put_on(session, task, line)
    return task


async def put_on(session: AsyncSession, task: Task, line: Line) -> None:
    """Write one line onto a task; the same line again changes nothing."""
    values = {
        "id": new_id(),
        "team_id": task.team_id,
        "recorded_at": clock.now(),
        "task_id": task.id,
        "task_kind": task.kind,
        "source": line.source,
        "referral_id": line.referral_id,
        "stage_entry": line.stage_entry,
        "case_id": line.case_id,
        "person_id": line.person_id,
    }
    await session.execute(_LINE, values)


def day_key(kind: str, about: About, at: datetime) -> str:
    """Return the key of the one task of an agency, a practice day and whoever does it."""
    whose = about.worker_id if KINDS[kind].for_role == "worker" and about.worker_id else "supervisors"
    return f"{kind}:{about.team_id}:{about.agency_id}:{local_day(at)}:{whose}"


def became_key(referral_id: UUID) -> str:
    """Return the key of the task that asks what became of a referral's appointment."""
    return f"what_became:{referral_id}"


async def open_task_again(session: AsyncSession, task: Task) -> Task:
    """Open another task of the same day and subject, for what is still owed after the earlier task was done."""
    about = About(
        task.team_id, task.worker_id, task.case_id, task.plan_id, task.person_id, task.referral_id, task.agency_id
    )
    return await open_task(
        session, task.kind, task.key, about, at=task.opened_at, due=task.due_at, counted_with=task.counted_with
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


async def close_lines(session: AsyncSession, why: str, *where: ColumnElement[bool]) -> None:
    """Take referrals off gathered tasks; a task with no open line closes."""
    found = await session.scalars(
        select(TaskLine).where(TaskLine.closed_at.is_(None), *where).order_by(TaskLine.id).with_for_update()
    )
    lines = list(found)
    for line in lines:
        line.closed_at, line.closed_event = clock.now(), event_of(session)
    await session.flush()
    await _close_empty(session, {line.task_id for line in lines}, why)


async def _close_empty(session: AsyncSession, tasks: Collection[UUID], why: str) -> None:
    if not tasks:
        return
    # Whoever puts a line on a task or takes one off holds the task's lock until their commit. So lock first, and only
    # then read what is left: a statement that had to wait would read an older state.
    await session.execute(select(Task.id).where(Task.id.in_(tasks)).order_by(Task.id).with_for_update())
    still = select(TaskLine.task_id).where(TaskLine.task_id.in_(tasks), TaskLine.closed_at.is_(None))
    await close(session, Task.id.in_(tasks), Task.id.not_in(still), why=why)


async def take_up(session: AsyncSession, case_id: UUID, team_id: UUID, person_id: UUID) -> None:
    """Attach to a new case the lines and tasks that are still owed about the person from before it."""
    for line in await session.scalars(
        _open_lines().where(TaskLine.team_id == team_id, TaskLine.person_id == person_id)
    ):
        line.case_id = case_id
    owed = await session.scalars(
        select(Task)
        .where(Task.team_id == team_id, Task.person_id == person_id, Task.status == "open")
        # The guardian's tasks are about the person, and do not end with a case.
        .where(Task.kind.not_in(OUTLIVES_CASES))
        .order_by(Task.id)
        .with_for_update()
    )
    for task in owed:
        task.case_id = case_id
        task.touch()
    await session.flush()


async def hand_over(session: AsyncSession, case_id: UUID, team_id: UUID, to: str | None) -> None:
    """Give a case's open tasks to its new worker, and move its referrals from the old worker's gathered tasks.

    Without a worker they are the supervisors'. Tasks that were the supervisors' because the case had no worker move
    too.
    """
    mine = await session.scalars(
        select(Task)
        .where(Task.case_id == case_id, Task.status == "open", Task.kind.in_(_WORKERS))
        .order_by(Task.id)
        .with_for_update()
    )
    for task in mine:
        is_of(task, to)
        task.touch()
    earlier = aliased(TaskLine)
    before = exists().where(earlier.task_id == TaskLine.task_id, earlier.id < TaskLine.id)
    found = await session.scalars(
        _open_lines().where(
            TaskLine.case_id == case_id,
            TaskLine.task_kind.in_(_WORKERS),
            # An email is read by whoever works with the first person it is about.
            or_(TaskLine.task_kind.not_in(MAILS), ~before),
        )
    )
    lines = list(found)
    gathered = await session.scalars(
        select(Task)
        .where(Task.id.in_({line.task_id for line in lines}), Task.status == "open")
        .order_by(Task.id)
        .with_for_update()
    )
    tasks = {task.id: task for task in gathered}
    left: set[UUID] = set()
    for line in lines:
        old = tasks.get(line.task_id)
        if old is None:
            continue  # somebody has done the task meanwhile
        if old.kind in MAILS:
            is_of(old, to)
            continue
        about = About(team_id, worker_id=to, agency_id=old.agency_id)
        new = await open_task(
            session,
            old.kind,
            day_key(old.kind, about, old.opened_at),
            about,
            at=old.opened_at,
            due=old.due_at,
            counted_with=old.counted_with,
        )
        if new.id != old.id:
            line.task_id = new.id
            left.add(old.id)
    await session.flush()
    await _close_empty(session, left, "reassigned")


def _open_lines() -> Select[TaskLine]:
    """Return the query for lines of open tasks, locked: always before the tasks themselves."""
    return (
        select(TaskLine)
        .join(Task, Task.id == TaskLine.task_id)
        .where(TaskLine.closed_at.is_(None), Task.status == "open")
        .order_by(TaskLine.id)
        .with_for_update(of=TaskLine)
    )


async def done(session: AsyncSession, task: Task) -> None:
    """Record that somebody did a task. The task is locked by the caller and open."""
    by = actor_of(session).user_id
    _end(task, "done", by, None)
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


async def give(session: AsyncSession, task: Task, worker_id: str) -> None:
    """Give this one task to somebody else. It is locked by the caller and open."""
    if task.worker_id == worker_id:
        return
    _detach_from_gathering(task)
    is_of(task, worker_id)
    if (by := actor_of(session).user_id) != worker_id:
        task.given_by, task.given_at = by, clock.now()
    task.touch()
    await session.flush()


async def give_to_supervisors(session: AsyncSession, task: Task) -> None:
    """Give this one task to the supervisors: its worker has left. It is locked by the caller and open."""
    _detach_from_gathering(task)
    is_of(task, None)
    task.touch()
    await session.flush()


def is_of(task: Task, worker_id: str | None) -> None:
    task.worker_id, task.for_role = worker_id, "worker" if worker_id else "supervisor"
    # A worker who is given one task is informed by `given_by`; with a whole case they have a task of their own for it.
    task.given_by = task.given_at = None


def _detach_from_gathering(task: Task) -> None:
    """Change the key of a gathered task, so that the next line of its day does not find it."""
    about = About(task.team_id, task.worker_id, agency_id=task.agency_id)
    if task.key == day_key(task.kind, about, task.opened_at):
        # With its old key, the next gathered call would land on somebody else's list. Any other key names the subject
        # of the task, and the task closes by it.
        task.key = f"{task.key}:given:{task.id}"
