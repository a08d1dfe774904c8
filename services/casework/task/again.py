"""Owing again what was done or closed by mistake, inside the caller's transaction."""

from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.casework.case.models import Case
from services.casework.member import service as members
from services.casework.projections.models import ENDED, KnownPerson, KnownReferral
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import AFTER_THE_END, AFTER_THE_REFERRAL, KINDS, MAILS
from services.casework.task.service import is_of, open_task_again, tell_opened
from shared import clock
from shared.db.visible import visible
from shared.http.problems import conflict

_NOTHING_ON_IT = and_(
    exists().where(TaskLine.task_id == Task.id),
    ~exists().where(TaskLine.task_id == Task.id, TaskLine.closed_at.is_(None)),
)


def _has_ended(referral_id: SQLColumnExpression[UUID] | SQLColumnExpression[UUID | None]) -> ColumnElement[bool]:
    return exists().where(KnownReferral.id == referral_id, KnownReferral.state.in_(ENDED))


async def put_back(session: AsyncSession, event_id: UUID, worker_id: str | None, *, lines: bool = True) -> None:
    """Open again the tasks that an event had closed by mistake. They keep their days and go to the present worker.

    Not where the same is asked again already, nor for a referral that has ended. `lines`: also the lines that the event
    took off gathered tasks, which go on for other referrals.
    """
    if lines:
        await _put_back_lines(session, event_id)
    other = aliased(Task)
    asked_again = exists().where(other.key == Task.key, other.status == "open")
    found = await session.scalars(
        select(Task)
        .where(Task.closed_event == event_id, Task.status == "closed", ~asked_again, ~_NOTHING_ON_IT)
        .where(or_(~_has_ended(Task.referral_id), Task.kind == "next_step"))
        .order_by(Task.id)
        .with_for_update(of=Task)
    )
    for task in found:
        task.status, task.closed_event = "open", None
        task.closed_at = task.closed_by = task.closed_why = None
        if KINDS[task.kind].for_role == "worker":
            is_of(task, await members.present(session, task.team_id, worker_id))
        task.touch()
    await session.flush()


async def _put_back_lines(session: AsyncSession, event_id: UUID) -> None:
    """Put back the lines that the event took off gathered tasks.

    Where such a task is done since, the line goes to another task of that day.
    """
    found = await session.scalars(
        select(TaskLine)
        .where(TaskLine.closed_event == event_id, ~_has_ended(TaskLine.referral_id))
        .order_by(TaskLine.id)
        .with_for_update()
    )
    for line in found:
        line.closed_at = line.closed_event = None
        task = await session.get_one(Task, line.task_id, with_for_update=True)
        if task.status == "done" or (task.status == "closed" and task.closed_event != event_id):
            line.task_id = (await open_task_again(session, task)).id
    await session.flush()


async def locked(session: AsyncSession, task_id: UUID) -> Task:
    """Return the task, locked after its case; raise 404 unless it is of the actor's teams.

    A case that closes at this moment closes the task too, or is seen here.
    """
    seen = await visible(session, Task, task_id)
    if seen.case_id is not None:
        await session.execute(select(Case.id).where(Case.id == seen.case_id).with_for_update(read=True))
    return await visible(session, Task, task_id, lock=True)


async def undo(session: AsyncSession, task: Task) -> None:
    """Undo a task that was not done after all.

    The caller holds the locks of the done task and its case; it keeps its day. Raise 409 if the same is asked again
    already, or is no longer owed because the task's subject has ended.
    """
    if await session.scalar(select(Task.id).where(Task.key == task.key, Task.status == "open")) is not None:
        raise conflict("The same is asked again already.", rule="asked_again")
    if (why := await _owed_no_more(session, task)) is not None:
        raise conflict(f"It is no longer owed: {why}.", rule="no_longer_owed")
    task.status = "open"
    task.closed_at = task.closed_by = task.closed_why = None
    if task.worker_id is not None:
        is_of(task, await members.present(session, task.team_id, task.worker_id))
    task.touch()
    await session.flush()
    await tell_opened(session, task, clock.now())


async def _owed_no_more(session: AsyncSession, task: Task) -> str | None:
    """Return what would have closed the task meanwhile, had it been open; None where nothing has."""
    if task.kind in MAILS | AFTER_THE_END:
        return None
    person = await session.get(KnownPerson, task.person_id) if task.person_id else None
    if person is not None and person.state in ("died", "said_no"):
        return "the person has died" if person.state == "died" else "the person said no to us"
    case = await session.get(Case, task.case_id) if task.case_id else None
    if case is not None and case.stage == "closed":
        return "the case is closed"
    if task.kind not in AFTER_THE_REFERRAL:
        over = select(Task.id).where(Task.id == task.id, or_(_has_ended(Task.referral_id), _NOTHING_ON_IT))
        if await session.scalar(over) is not None:
            return "the referral it is about has been answered or has ended"
    return None
