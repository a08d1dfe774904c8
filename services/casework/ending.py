"""What ends together with a case, or stops when he says no: everything that is still owed, silently."""

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.next_step import service as next_steps
from services.casework.next_step.models import NextStep
from services.casework.task import service as tasks
from services.casework.task.models import Task, TaskLine


async def end_everything(session: AsyncSession, case: Case, why: str) -> None:
    """Close the tasks, gathered lines and next steps of a locked case: nothing of a closed case is ever overdue."""
    await next_steps.close(session, NextStep.case_id == case.id, why=why)
    await tasks.close(session, or_(Task.case_id == case.id, Task.key == f"waiting:{case.id}"), why=why)
    await tasks.close_lines(session, why, TaskLine.case_id == case.id)
