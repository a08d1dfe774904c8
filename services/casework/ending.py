"""End what is still owed together with a case, or after the person said no; no event is emitted."""

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.next_step import service as next_steps
from services.casework.next_step.models import NextStep
from services.casework.projections.referrals import open_referrals
from services.casework.task import lines as task_lines
from services.casework.task import service as tasks
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import MAILS, UNTIL_READ


async def keeps_open(session: AsyncSession, case: Case, reason: str) -> str | None:
    """Return why a case may not be closed yet, or None.

    A referral goes on asking, and its answer would find nobody. A no or a death ends the referrals by itself, once it
    is recorded in the person's file: only intake can stop what leaves. Recorded here alone it would stop nothing.
    """
    not_on_file = {"died": case.died_at is None, "said_no": case.stage != "said_no"}
    if not_on_file.get(reason):
        return "The file does not say so. Record it in the file first, which stops what is under way."
    if reason in not_on_file:
        return None
    count = len(await open_referrals(session, case.team_id, case.person_id))
    if not count:
        return None
    return f"{count} of its referrals {'is' if count == 1 else 'are'} still open: complete or withdraw them first."


async def end_everything(session: AsyncSession, case: Case, why: str) -> None:
    """Close the tasks, gathered lines and next steps of a locked case: nothing of a closed case is ever overdue.

    Only emails stay to be read: one may show that nobody was told to leave the person alone.
    """
    await next_steps.close(session, NextStep.case_id == case.id, why=why)
    mine = or_(Task.case_id == case.id, Task.key == f"waiting:{case.id}")
    await tasks.close(session, mine, Task.kind.not_in(UNTIL_READ), why=why)
    await task_lines.close_lines(session, why, TaskLine.case_id == case.id, TaskLine.task_kind.not_in(MAILS))
