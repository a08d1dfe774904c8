"""Two appointments of one person that are too near each other: a task of the worker the same day."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.projections.models import KnownPerson, KnownReferral
from services.casework.task import lines as task_lines
from services.casework.task import service as tasks
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import due_at, inform_person_due

KIND = "two_appointments"
# Includes the way from one to the other, and the wait at each.
TOO_NEAR = timedelta(hours=2)


async def settled(session: AsyncSession, referral_id: UUID, why: str) -> None:
    """Close the tasks about this referral's appointment, which was changed or is over."""
    either = or_(Task.key.startswith(f"{KIND}:{referral_id}:"), Task.key.endswith(f":{referral_id}"))
    await tasks.close(session, Task.kind == KIND, either, why=why)


async def check(session: AsyncSession, row: KnownReferral, about: tasks.About, at: datetime) -> None:
    """Open a task for every other appointment that is too near to this one. `row` is locked and up to date.

    Nothing is refused: perhaps both are in one house, and only the worker knows.
    """
    if row.appointment_at is None or row.state != "booked":
        return
    if about.case_id is None:
        # Without a case no other lock makes two bookings of one person wait for each other.
        await session.execute(select(KnownPerson.id).where(KnownPerson.id == row.person_id).with_for_update())
    near = row.appointment_at
    others = await session.scalars(
        select(KnownReferral)
        .where(
            KnownReferral.team_id == row.team_id,
            KnownReferral.person_id == row.person_id,
            KnownReferral.id != row.id,
            KnownReferral.state == "booked",
            KnownReferral.appointment_at.between(near - TOO_NEAR, near + TOO_NEAR),
        )
        .order_by(KnownReferral.id)
        .execution_options(populate_existing=True)
    )
    for other in others:
        first, second = sorted((row.id, other.id))
        key = f"{KIND}:{first}:{second}"
        task = await tasks.open_task(session, KIND, key, about, at=at, due=_due(at, near, other.appointment_at))
        for each in (row, other):
            line = task_lines.Line(f"{task.id}:{each.id}", each.id, each.stage_entry, each.person_id, about.case_id)
            await task_lines.put_on(session, task, line)


async def still_near(session: AsyncSession, task: Task) -> bool:
    """Return whether the appointments that a task is about are still too near each other."""
    about = select(TaskLine.referral_id).where(TaskLine.task_id == task.id)
    found = await session.execute(
        select(KnownReferral.appointment_at).where(KnownReferral.id.in_(about), KnownReferral.state == "booked")
    )
    times = [at for (at,) in found if at is not None]
    return len(times) > 1 and max(times) - min(times) <= TOO_NEAR


def _due(at: datetime, *appointments: datetime | None) -> datetime:
    """Return the same day, but never later than the person must be informed.

    A booking that comes in the evening has until tomorrow.
    """
    return min(due_at(KIND, at), *(inform_person_due(at, each) for each in appointments if each is not None))
