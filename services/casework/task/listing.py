"""Reading tasks for people."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import MAILS, OUTLIVES_CASES
from services.casework.task.schemas import TaskLineView, TaskView
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


_COMPUTED = ("overdue", "lines", "mail_id", "oversight_id")


async def views(session: AsyncSession, tasks: Sequence[Task]) -> list[TaskView]:
    now = clock.now()
    lines = await lines_of(session, tasks)
    return [
        TaskView.model_validate(
            {
                **{name: getattr(task, name) for name in TaskView.model_fields if name not in _COMPUTED},
                "mail_id": _named(task) if task.kind in MAILS else None,
                "oversight_id": _named(task) if task.kind in OUTLIVES_CASES else None,
                "overdue": task.status == "open" and task.due_at < now,
                "lines": [
                    TaskLineView(
                        referral_id=line.referral_id,
                        person_id=line.person_id,
                        case_id=line.case_id,
                        stage_entry=line.stage_entry,
                        open=line.closed_at is None,
                    )
                    for line in lines[task.id]
                ],
            }
        )
        for task in tasks
    ]


def _named(task: Task) -> UUID | None:
    """Return the id in the task's key: of the email or record to be read."""
    try:
        return UUID(task.key.partition(":")[2].partition(":")[0])
    except ValueError:
        return None
