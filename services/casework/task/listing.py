"""Reading tasks for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.plan.models import Plan
from services.casework.projections.models import KnownReferral
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import MAILS, OUTLIVES_CASES
from services.casework.task.schemas import PausedView, TaskLineView, TaskView
from shared import clock
from shared.access.roles import Role
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.http.cursors import Page, PageRequest, page


async def listed(
    session: AsyncSession,
    paging: PageRequest,
    *,
    status: str,
    mine: bool = False,
    kind: str | None = None,
    case_id: UUID | None = None,
    overdue: bool | None = None,
) -> Page[Task]:
    """Return tasks of the actor's teams, the most pressing first."""
    actor = actor_of(session)
    statement = in_teams(select(Task).where(Task.status == status), Task, actor)
    if mine:
        own = Task.worker_id == actor.user_id
        theirs = {Role.SUPERVISOR: "supervisor", Role.GUARDIAN: "guardian"}.get(actor.role)
        statement = statement.where(or_(own, Task.for_role == theirs) if theirs else own)
    if kind is not None:
        statement = statement.where(Task.kind == kind)
    if case_id is not None:
        statement = statement.where(Task.case_id == case_id)
    if overdue is not None:
        late = Task.due_at < clock.now()
        statement = statement.where(late if overdue else ~late)
    return await page(session, statement, [(Task.due_at, "asc"), (Task.id, "asc")], paging)


async def lines_of(session: AsyncSession, tasks: Sequence[Task]) -> dict[UUID, list[TaskLine]]:
    """Return the lines of these tasks, by task."""
    lines: dict[UUID, list[TaskLine]] = {task.id: [] for task in tasks}
    if tasks:
        found = await session.scalars(select(TaskLine).where(TaskLine.task_id.in_(lines)).order_by(TaskLine.id))
        for line in found:
            lines[line.task_id].append(line)
    return lines


_COMPUTED = ("overdue", "lines", "mail_id", "oversight_id", "case_worker_id", "late", "paused")


async def views(session: AsyncSession, tasks: Sequence[Task]) -> list[TaskView]:
    """Return the tasks as they are read, each overdue one with the task whose day has passed."""
    late = {found.id: found for found in await _late_ones(session, tasks)}
    every = [*tasks, *late.values()]
    lines = await lines_of(session, every)
    workers = await _workers(session, every, lines)
    paused = await _paused(session, every, lines)
    now = clock.now()
    return [_view(task, lines, workers, paused, late, now) for task in tasks]


def _view(
    task: Task,
    lines: Mapping[UUID, Sequence[TaskLine]],
    workers: Mapping[UUID, str | None],
    paused: Mapping[UUID, PausedView],
    late: Mapping[UUID, Task],
    now: datetime,
) -> TaskView:
    found = late.get(named) if task.kind == "overdue" and (named := _named(task)) else None
    return TaskView.model_validate(
        {
            **{name: getattr(task, name) for name in TaskView.model_fields if name not in _COMPUTED},
            "case_worker_id": _worker(workers, task),
            "paused": paused.get(task.person_id) if task.person_id else None,
            "mail_id": _named(task) if task.kind in MAILS else None,
            "oversight_id": _named(task) if task.kind in OUTLIVES_CASES else None,
            "overdue": task.status == "open" and task.due_at < now,
            "late": _view(found, lines, workers, paused, {}, now) if found is not None else None,
            "lines": [
                TaskLineView(
                    worker_id=_worker(workers, line),
                    referral_id=line.referral_id,
                    person_id=line.person_id,
                    paused=paused.get(line.person_id),
                    case_id=line.case_id,
                    stage_entry=line.stage_entry,
                    open=line.closed_at is None,
                )
                for line in lines[task.id]
            ],
        }
    )


async def _late_ones(session: AsyncSession, tasks: Sequence[Task]) -> Sequence[Task]:
    ids = [named for task in tasks if task.kind == "overdue" and (named := _named(task))]
    return list(await session.scalars(select(Task).where(Task.id.in_(ids)))) if ids else []


async def _workers(
    session: AsyncSession, tasks: Sequence[Task], lines: Mapping[UUID, Sequence[TaskLine]]
) -> dict[UUID, str | None]:
    """Return who works with the person, by case, and who wrote a referral, by referral."""
    about = [*tasks, *(line for each in lines.values() for line in each)]
    cases = {one.case_id for one in about if one.case_id}
    authors = {one.referral_id for one in about if one.referral_id and not one.case_id}
    found: dict[UUID, str | None] = {}
    if cases:
        found |= {
            row[0]: row[1] for row in await session.execute(select(Case.id, Case.worker_id).where(Case.id.in_(cases)))
        }
    if authors:
        wrote = select(KnownReferral.id, KnownReferral.author).where(KnownReferral.id.in_(authors))
        found |= {row[0]: row[1] for row in await session.execute(wrote)}
    return found


async def _paused(
    session: AsyncSession, tasks: Sequence[Task], lines: Mapping[UUID, Sequence[TaskLine]]
) -> dict[UUID, PausedView]:
    """Return whose plan is paused, and why."""
    people = {one.person_id for one in (*tasks, *(line for each in lines.values() for line in each)) if one.person_id}
    if not people:
        return {}
    held = select(Plan.person_id, Hold.kind, Hold.until).join(Hold, Hold.id == Plan.hold_id)
    found = await session.execute(in_teams(held.where(Plan.person_id.in_(people)), Plan, actor_of(session)))
    return {person: PausedView(kind=kind, until=until) for person, kind, until in found}


def _worker(workers: Mapping[UUID, str | None], one: Task | TaskLine) -> str | None:
    of = one.case_id or one.referral_id
    return workers.get(of) if of else None


def _named(task: Task) -> UUID | None:
    """Return the id in the task's key: of the email, record or late task that it is about."""
    try:
        return UUID(task.key.partition(":")[2].partition(":")[0])
    except ValueError:
        return None
