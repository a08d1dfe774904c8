"""The sweep of tasks without a timer of their own: each is raised once when its day has passed."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from services.casework.case.models import Case
from services.casework.projections.models import KnownReferral
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import BEFORE_APPOINTMENT, KINDS
from shared import clock
from shared.context import Actor
from shared.http.state import Services
from workflows import contracts

_LATE = sorted(name for name, kind in KINDS.items() if kind.raise_late)
_AT_ONCE = 200


async def raise_late(session: AsyncSession) -> int:
    """Raise late tasks to the supervisors (next steps, waiting people, unread emails, ...), once each."""
    now = clock.now()
    found = await session.scalars(
        select(Task)
        .where(Task.status == "open", Task.raised_at.is_(None), Task.due_at <= now, Task.kind.in_(_LATE))
        .order_by(Task.due_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    raised = 0
    for task in found:
        task.raised_at = now
        task.touch()
        about = replace(tasks.about_task(task), worker_id=None)
        await tasks.open_task(session, "overdue", f"overdue:{task.id}", about, at=now)
        raised += 1
    return raised


async def ask_after_no(session: AsyncSession) -> int:
    """Ask the worker when the date of a no has passed; only the person may start again."""
    now = clock.now()
    found = await session.scalars(
        select(Case)
        .where(Case.stage == "said_no", Case.said_no_until.is_not(None), Case.said_no_until <= now)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    asked = 0
    for case in found:
        case.said_no_until = None
        case.touch()
        about = tasks.about_case(case)
        await tasks.open_task(session, "review_after_said_no", f"review_after_said_no:{case.id}", about, at=now)
        asked += 1
    return asked


async def end_with_appointments(session: AsyncSession) -> int:
    """Close the tasks from before an appointment at its hour, and ask for the outcome instead."""
    now = clock.now()
    found = await session.scalars(
        select(Task)
        .join(KnownReferral, KnownReferral.id == Task.referral_id)
        .where(Task.status == "open", Task.kind.in_(BEFORE_APPOINTMENT), KnownReferral.appointment_at <= now)
        .order_by(Task.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, of=Task)
    )
    ended = list(found)
    for task in ended:
        await tasks.close(session, Task.id == task.id, why="hour_passed")
        if task.referral_id is not None:
            key = tasks.became_key(task.referral_id)
            await tasks.open_task(session, "what_became", key, tasks.about_task(task), at=now)
    return len(ended)


class SweepActivities:
    def __init__(self, services: Services) -> None:
        self._work = services.work

    @activity.defn(name=contracts.SWEEP_TASKS)
    async def sweep_tasks(self, sweep: contracts.Sweep) -> int:
        """Sweep once and return how many tasks were raised. Two sweeps at the same time are harmless."""
        async with self._work.transaction(Actor.service("casework")) as session:
            ended = await end_with_appointments(session)
            return ended + await raise_late(session) + await ask_after_no(session)
