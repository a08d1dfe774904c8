"""Tasks around the end of a pause: each is opened once per pause and date.

They come on the eve, on the day, and when the worker records that the pause is over.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.hold.rules import due_of
from services.casework.plan.models import Plan
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared.practice.calendar import same_day_deadline

DATE_CHANGED = "date_changed"
# The record that had ended the pause was a mistake.
BY_MISTAKE = "by_mistake"


async def ask_for(
    session: AsyncSession, case: Case, plan: Plan, hold: Hold, kinds: Iterable[str], ended: date, now: datetime
) -> None:
    """Open these tasks unless they were opened already for this end: a task done on the eve stays done."""
    about = tasks.about_case(case, plan)
    for kind in kinds:
        key = f"{kind}:{hold.id}"
        asked = select(Task.id).where(
            Task.key == key,
            Task.opened_at >= (hold.until_since or hold.began_at),
            or_(Task.closed_why.is_(None), Task.closed_why.not_in((DATE_CHANGED, BY_MISTAKE))),
        )
        if await session.scalar(asked.limit(1)) is None:
            due = due_of(hold.kind, kind, ended)
            await tasks.open_task(session, kind, key, about, at=now, due=due if due > now else same_day_deadline(now))
