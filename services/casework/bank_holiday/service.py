"""The effect of a bank holiday in numbers."""

from datetime import date, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.bank_holiday.schemas import EffectView
from services.casework.plan.models import PlanStep
from services.casework.task.models import Task
from shared.practice.calendar import at_local


async def effect(session: AsyncSession, day: date) -> EffectView:
    """Count the plans with a step on that day and the open tasks that run over it, for every team, as numbers."""
    begins, ends = at_local(day, time(0)), at_local(day + timedelta(days=1), time(0))
    on_it = PlanStep.outcome == "planned", PlanStep.at >= begins, PlanStep.at < ends
    over_it = Task.status == "open", Task.opened_at < ends, Task.due_at >= begins
    plans = await session.scalar(select(func.count(PlanStep.plan_id.distinct())).where(*on_it))
    tasks = await session.scalar(select(func.count()).select_from(Task).where(*over_it))
    return EffectView(plans=plans or 0, tasks=tasks or 0)
