"""Routes of tasks."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from services.casework.member import caseload_lock
from services.casework.member import service as members
from services.casework.member.rules import TASKS
from services.casework.note import service as notes
from services.casework.task import handover, lines, listing, reopening, rules, service
from services.casework.task.models import Task
from services.casework.task.rules import CLOSED_BY_FACT
from services.casework.task.schemas import TaskDoneBody, TaskReassign, TaskUndoneBody, TaskView
from shared import clock
from shared.access.roles import Role
from shared.db.session import actor_of
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.problems import conflict, invalid
from shared.http.routes import Routes

routes = Routes("/tasks")


@routes.get("", allow="task.read")
async def list_tasks(
    session: Tx,
    paging: Paging,
    mine: bool = False,
    status: Literal["open", "done", "closed"] = "open",
    kind: Annotated[str | None, Query(max_length=60)] = None,
    case_id: UUID | None = None,
    overdue: bool | None = None,
) -> PageView[TaskView]:
    """List tasks, the most pressing first.

    `mine`: the reader's own; for a supervisor also the supervisors' of the team.
    """
    found = await listing.listed(session, paging, status=status, mine=mine, kind=kind, case_id=case_id, overdue=overdue)
    return PageView(items=await listing.views(session, found.items), next_cursor=found.next_cursor)


@routes.post("/{task_id}/done", allow="task.do", status_code=200)
async def task_done(task_id: UUID, session: Tx, once: Once, body: TaskDoneBody | None = None) -> TaskView:
    """Record that a task is done, or one referral of it.

    A task that is done already gives the same response and does not change.
    """
    await visible(session, Task, task_id)

    async def act() -> TaskView:
        line = await lines.locked_line(session, task_id, body.referral_id) if body and body.referral_id else None
        task = await visible(session, Task, task_id, lock=True)
        if task.status == "open":
            if (instead := CLOSED_BY_FACT.get(task.kind)) is not None:
                raise conflict(f"This closes automatically:  {instead}.", rule="closed_by_fact")
            await service.done(session, task, body.why if body else None, only=line)
        elif task.status == "closed":
            raise conflict("It is no longer owed, so there is nothing to do.", rule="closed")
        return (await listing.views(session, [task]))[0]

    return await once(body, act, status=200)


@routes.post("/{task_id}/undone", allow="task.do", status_code=200)
async def task_undone(task_id: UUID, body: TaskUndoneBody, session: Tx, once: Once) -> TaskView:
    """Undo a task that was not done after all: it is owed again, by its own day.

    Only whoever had recorded it as done, or a supervisor, may undo it; with a reason, unless it was only just done. One
    referral of a task that goes on: also whoever's task it is.
    """
    await visible(session, Task, task_id)

    async def act() -> TaskView:
        line = await lines.locked_line(session, task_id, body.referral_id, ended=True) if body.referral_id else None
        task = await reopening.locked(session, task_id)
        ticked_off = line is not None and reopening.was_ticked(line)
        if line is not None and line.closed_at is not None and not ticked_off:
            raise conflict("It is no longer owed: it was settled meanwhile.", rule="no_longer_owed")
        if task.status != "done" and not (task.status == "open" and ticked_off):
            raise conflict("Only what was done can be reopened.", rule=task.status)
        recent = rules.just_done(line.closed_at if line and ticked_off else task.closed_at, clock.now())
        actor = actor_of(session)
        # Nobody is kept of a line: just done it is anybody's to put back, later whoever's task it is.
        own = actor.user_id == task.closed_by if task.status == "done" else recent or actor.user_id == task.worker_id
        if not own and actor.role is not Role.SUPERVISOR:
            raise conflict("Only who had done it, or a supervisor, can open it again.", rule="not_yours")
        if body.why is None and not recent:
            raise invalid("why", "missing", "say why it was a mistake")
        owed = await reopening.undo(session, task, line if ticked_off else None)
        if body.why is not None:
            await notes.write(session, task.id, task.team_id, f"undone:{task.id}:{task.version}", "undone", body.why)
        return (await listing.views(session, [owed]))[0]

    return await once(body, act, status=200)


@routes.post("/{task_id}/reassign", allow="task.reassign", status_code=200)
async def task_reassign(task_id: UUID, body: TaskReassign, session: Tx, once: Once) -> TaskView:
    """Give this one task to somebody else; the case stays where it is."""
    await visible(session, Task, task_id)

    async def act() -> TaskView:
        await caseload_lock.lock(session, body.worker_id)
        task = await visible(session, Task, task_id, lock=True)
        if task.status != "open":
            raise conflict("Only an open task can be given to somebody else.", rule=task.status)
        await members.check(session, task.team_id, body.worker_id, field="worker_id", able=TASKS)
        await handover.give(session, task, body.worker_id)
        return (await listing.views(session, [task]))[0]

    return await once(body, act, status=200)
