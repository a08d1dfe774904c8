"""Handlers of a service's questions: a task to answer each, until it is answered."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.event_handlers.about import about_referral, asks_nothing, key_of, not_later, open_case_of
from services.casework.projections.models import KnownReferral
from services.casework.projections.referrals import known
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared.events.referrals import QuestionAnswered, QuestionRaised, ReferralEvent


async def question_raised(session: AsyncSession, event: QuestionRaised) -> None:
    """Open the task to answer the agency's question, by the next working day: nobody would see it otherwise."""
    case = await open_case_of(session, event)
    row = await known(session, event)
    if event.version <= row.question_version:
        return
    row.question_version = event.version
    await session.flush()
    if not asks_nothing(case):
        await ask_for_answer(session, event, row, case)


async def question_answered(session: AsyncSession, event: QuestionAnswered) -> None:
    """Close the task of a question that was answered."""
    row = await known(session, event)
    if event.version <= row.question_version:
        return
    row.question_version = event.version
    await session.flush()
    await tasks.close(session, Task.key == key_of("answer_question", event.referral_id), why="answered")


async def ask_for_answer(session: AsyncSession, event: ReferralEvent, row: KnownReferral, case: Case | None) -> None:
    """Open the task to answer the service's question."""
    key, about = key_of("answer_question", event.referral_id), about_referral(event, row, case)
    await tasks.open_task(session, "answer_question", key, about, at=not_later(event.occurred_at))
