"""Another worker for tasks: with their case, or one by one."""

from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.casework.task.lines import close_empty, day_key
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS, MAILS, OUTLIVES_CASES
from services.casework.task.service import About, is_of, open_task
from shared import clock
from shared.db.session import actor_of

# Tasks that follow the worker of a case, also while they are the supervisors' because the case has none.
_WORKERS = sorted(name for name, kind in KINDS.items() if kind.for_role == "worker")


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
    await close_empty(session, left, "reassigned")


def _open_lines() -> Select[TaskLine]:
    """Return the query for lines of open tasks, locked: always before the tasks themselves."""
    return (
        select(TaskLine)
        .join(Task, Task.id == TaskLine.task_id)
        .where(TaskLine.closed_at.is_(None), Task.status == "open")
        .order_by(TaskLine.id)
        .with_for_update(of=TaskLine)
    )


async def give(session: AsyncSession, task: Task, worker_id: str) -> None:
    """Give this one task to somebody else. It is locked by the caller and open."""
    if task.worker_id == worker_id:
        return
    _detach(task)
    is_of(task, worker_id)
    if (by := actor_of(session).user_id) != worker_id:
        task.given_by, task.given_at = by, clock.now()
    task.touch()
    await session.flush()


async def give_to_supervisors(session: AsyncSession, task: Task) -> None:
    """Give this one task to the supervisors: its worker has left. It is locked by the caller and open."""
    _detach(task)
    is_of(task, None)
    task.touch()
    await session.flush()


def _detach(task: Task) -> None:
    """Change the key of a gathered task, so that the next line of its day does not find it."""
    about = About(task.team_id, task.worker_id, agency_id=task.agency_id)
    if task.key == day_key(task.kind, about, task.opened_at):
        # With its old key, the next gathered call would land on somebody else's list. Any other key names the subject
        # of the task, and the task closes by it.
        task.key = f"{task.key}:given:{task.id}"
