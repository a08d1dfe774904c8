"""The lines of gathered tasks: one task of an agency and a day, with a line for each referral that it is about."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.member import service as members
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS
from services.casework.task.service import About, close, event_of, open_task
from shared import clock
from shared.db.base import table_of
from shared.http.problems import not_found
from shared.ids import new_id
from shared.practice.calendar import local_day

_LINE = insert(table_of(TaskLine)).on_conflict_do_nothing()


_HAS_LINE = select(TaskLine.id).where(TaskLine.source == bindparam("from"), TaskLine.task_kind == bindparam("of"))


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


async def close_lines(session: AsyncSession, why: str, *where: ColumnElement[bool]) -> None:
    """Take referrals off gathered tasks; a task with no open line closes. What was ticked off is moot from then on."""
    now, event = clock.now(), event_of(session)
    found = await session.scalars(
        select(TaskLine).where(TaskLine.moot_at.is_(None), *where).order_by(TaskLine.id).with_for_update()
    )
    lines = list(found)
    were_on = {line.task_id for line in lines if line.closed_at is None}
    for line in lines:
        line.closed_at = line.closed_at or now
        line.moot_at, line.closed_event = now, event
    await session.flush()
    await close_empty(session, were_on, why)


async def close_empty(session: AsyncSession, tasks: Collection[UUID], why: str) -> None:
    """Close those of these gathered tasks that have no open line left."""
    if not tasks:
        return
    # Whoever puts a line on a task or takes one off holds the task's lock until their commit. So lock first, and only
    # then read what is left: a statement that had to wait would read an older state.
    await session.execute(select(Task.id).where(Task.id.in_(tasks)).order_by(Task.id).with_for_update())
    still = select(TaskLine.task_id).where(TaskLine.task_id.in_(tasks), TaskLine.closed_at.is_(None))
    await close(session, Task.id.in_(tasks), Task.id.not_in(still), why=why)


async def locked_line(session: AsyncSession, task_id: UUID, referral_id: UUID, *, ended: bool = False) -> TaskLine:
    """Return the line of a referral on a task, locked: always before its task. Raise 404 if there is none.

    Of several, one that is open; with `ended` the one that somebody ticked off last.
    """
    ticked_off = (TaskLine.moot_at.is_not(None), TaskLine.closed_at.desc().nulls_last())
    order = ticked_off if ended else (TaskLine.closed_at.is_not(None),)
    found = await session.scalar(
        select(TaskLine)
        .where(TaskLine.task_id == task_id, TaskLine.referral_id == referral_id)
        .order_by(*order, TaskLine.id.desc())
        .limit(1)
        .with_for_update()
    )
    if found is None:
        raise not_found()
    return found
