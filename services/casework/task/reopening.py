"""Owing again what was done or closed by mistake, inside the caller's transaction."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.rules import WHILE_TASKS
from services.casework.member import service as members
from services.casework.plan.models import Plan
from services.casework.projections.models import ENDED, KnownContact, KnownPerson, KnownReferral
from services.casework.task import clashes
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import (
    AFTER_THE_END,
    AFTER_THE_REFERRAL,
    KINDS,
    MAILS,
    OF_APPOINTMENT,
    UNTIL_MET,
    UNTIL_SEEN,
)
from services.casework.task.service import emit_opened, is_of, open_task_again, own_key
from shared import clock
from shared.db.visible import visible
from shared.http.problems import conflict

# A gathered task whose lines have all gone to another one has none left.
_GATHERED = or_(
    exists().where(TaskLine.task_id == Task.id), Task.practice_day.is_not(None) & Task.referral_id.is_(None)
)
_NOTHING_ON_IT = and_(
    _GATHERED,
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
    found = await session.scalars(
        select(Task)
        .where(Task.closed_event == event_id, Task.status == "closed", ~_NOTHING_ON_IT)
        .where(or_(~_has_ended(Task.referral_id), Task.kind == "next_step"))
        .order_by(Task.id)
        .with_for_update(of=Task)
    )
    for task in found:
        if (key := await _free_key(session, task)) is None:
            continue
        task.key, task.status, task.closed_event = key, "open", None
        task.closed_at = task.closed_by = task.closed_why = None
        if KINDS[task.kind].for_role == "worker":
            is_of(task, await members.present(session, task.team_id, worker_id))
        task.touch()
    await session.flush()


async def _put_back_lines(session: AsyncSession, event_id: UUID) -> None:
    """Put back the lines that the event took off gathered tasks; what had been ticked off before stays so.

    Where such a task is done since, or another one of that day is open, the line goes there.
    """
    found = await session.scalars(
        select(TaskLine)
        .where(TaskLine.closed_event == event_id, ~_has_ended(TaskLine.referral_id))
        .order_by(TaskLine.id)
        .with_for_update()
    )
    for line in found:
        ticked = was_ticked(line)
        line.moot_at = line.closed_event = None
        if ticked:
            continue
        line.closed_at = None
        task = await session.get_one(Task, line.task_id, with_for_update=True)
        if task.status != "open" and (task.closed_event != event_id or await _open_of_key(session, task) is not None):
            line.task_id = (await open_task_again(session, task)).id
    await session.flush()


def was_ticked(line: TaskLine) -> bool:
    """Return whether somebody ticked the line off, before a fact made it moot or without one."""
    return line.closed_at is not None and line.closed_at != line.moot_at


async def _open_of_key(session: AsyncSession, task: Task) -> Task | None:
    """Return the open task that has the key of this one, which is not open, locked."""
    return await session.scalar(select(Task).where(Task.key == task.key, Task.status == "open").with_for_update())


async def _free_key(session: AsyncSession, task: Task) -> str | None:
    """Return the key under which this task can be open again; None where the same is asked already.

    A key may be of a person: what is asked about another referral of theirs is another task.
    """
    own = own_key(task.key, task.referral_id)
    asked = select(Task.key, Task.referral_id).where(Task.key.in_((task.key, own)), Task.status == "open")
    referrals = {key: referral for key, referral in await session.execute(asked)}
    if task.key not in referrals:
        return task.key
    return None if referrals[task.key] == task.referral_id or own in referrals else own


async def locked(session: AsyncSession, task_id: UUID) -> Task:
    """Return the task, locked after its case; raise 404 unless it is of the actor's teams.

    A case that closes at this moment closes the task too, or is seen here.
    """
    seen = await visible(session, Task, task_id)
    if seen.case_id is not None:
        await session.execute(select(Case.id).where(Case.id == seen.case_id).with_for_update(read=True))
    return await visible(session, Task, task_id, lock=True)


async def undo(session: AsyncSession, task: Task, line: TaskLine | None = None) -> Task:
    """Undo a task that was not done after all, or one referral of it; return the task on which that is owed now.

    The caller holds the locks of the line, the task and its case; it keeps its day. Where other referrals are asked
    about on another task of that day, it goes there. Raise 409 if the same is asked again already, or is no longer owed
    because its subject has ended or was settled meanwhile.
    """
    if line is not None:
        await _check_line(session, line)
        line.closed_at = None
        await session.flush()
    if task.status == "open":
        task.touch()
        return task
    if (why := await _owed_no_more(session, task)) is not None:
        raise conflict(f"It is no longer owed: {why}.", rule="no_longer_owed")
    if (other := await _open_of_key(session, task)) is not None and (lines := await _lines_of(session, task)):
        await _move(session, [line] if line else lines, other)
        return other
    if (key := await _free_key(session, task)) is None:
        raise conflict(_ASKED_AGAIN, rule="asked_again")
    task.key, task.status = key, "open"
    task.closed_at = task.closed_by = task.closed_why = None
    if task.worker_id is not None:
        is_of(task, await members.present(session, task.team_id, task.worker_id))
    task.touch()
    await session.flush()
    await emit_opened(session, task, clock.now())
    return task


_ASKED_AGAIN: Final = "The same is asked again already."


async def _check_line(session: AsyncSession, line: TaskLine) -> None:
    """Raise 409 unless what was ticked off would still be owed."""
    if line.moot_at is not None:
        raise conflict("It is no longer owed: it was settled meanwhile.", rule="no_longer_owed")
    if await session.scalar(select(TaskLine.id).where(TaskLine.id == line.id, _has_ended(TaskLine.referral_id))):
        raise conflict("It is no longer owed: the referral has ended.", rule="no_longer_owed")
    if (why := await _is_over(session, line.person_id, line.case_id)) is not None:
        raise conflict(f"It is no longer owed: {why}.", rule="no_longer_owed")


async def _lines_of(session: AsyncSession, task: Task) -> Sequence[TaskLine]:
    """Return what is still on a gathered task that is done."""
    on_it = select(TaskLine).where(TaskLine.task_id == task.id, TaskLine.closed_at.is_(None)).order_by(TaskLine.id)
    return list(await session.scalars(on_it))


async def _move(session: AsyncSession, lines: Sequence[TaskLine], to: Task) -> None:
    """Put these referrals on another task, but for those that it asks about already; raise 409 if it does for all."""
    there = {line.referral_id for line in await _lines_of(session, to)}
    owed = [line for line in lines if line.referral_id not in there]
    if not owed:
        raise conflict(_ASKED_AGAIN, rule="asked_again")
    for line in owed:
        line.task_id = to.id
    to.touch()
    await session.flush()


async def _owed_no_more(session: AsyncSession, task: Task) -> str | None:
    """Return what would have closed the task meanwhile, had it been open; None where nothing has."""
    if task.kind in MAILS | AFTER_THE_END:
        return None
    if (why := await _is_over(session, task.person_id, task.case_id)) is not None:
        return why
    if task.kind not in AFTER_THE_REFERRAL:
        over = select(Task.id).where(Task.id == task.id, or_(_has_ended(Task.referral_id), _NOTHING_ON_IT))
        if await session.scalar(over) is not None:
            return "the referral it is about has been answered or has ended"
    if task.kind in UNTIL_SEEN | UNTIL_MET:
        enough = ("met",) if task.kind in UNTIL_MET else ("met", "spoke")
        seen = select(KnownContact.id).where(
            KnownContact.person_id == task.person_id,
            KnownContact.kind.in_(enough),
            KnownContact.struck_at.is_(None),
            KnownContact.occurred_at >= task.opened_at,
        )
        if await session.scalar(seen.limit(1)) is not None:
            return "the person has been met or spoken to since"
    if task.kind in WHILE_TASKS:
        plan = await session.get(Plan, task.plan_id) if task.plan_id else None
        if plan is not None and plan.hold_id is None:
            return "the pause is over"
    if task.kind in OF_APPOINTMENT and task.referral_id is not None:
        referral = await session.get(KnownReferral, task.referral_id)
        if referral is not None and referral.state != "booked":
            return "the appointment is over or was cancelled"
    if task.kind == clashes.KIND and not await clashes.still_near(session, task):
        return "the two appointments are not near each other any more"
    return None


async def _is_over(session: AsyncSession, person_id: UUID | None, case_id: UUID | None) -> str | None:
    """Return what ended all that is asked about a person or in a case; None where nothing has."""
    person = await session.get(KnownPerson, person_id) if person_id else None
    if person is not None and person.state in ("died", "said_no"):
        return "the person has died" if person.state == "died" else "the person said no to us"
    case = await session.get(Case, case_id) if case_id else None
    return "the case is closed" if case is not None and case.stage == "closed" else None
