"""Writing and reading needs assessments, inside the caller's transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.needs_assessment.models import NeedsAssessment
from services.casework.needs_assessment.rules import whole
from services.casework.needs_assessment.schemas import NeedsAssessmentRecord
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared.db.session import actor_of
from shared.http.cursors import Page, PageRequest, page


async def record(session: AsyncSession, case: Case, body: NeedsAssessmentRecord, at: datetime) -> NeedsAssessment:
    """Store one assessment; with all ten domains it closes the task of the outcome form."""
    row = NeedsAssessment(
        team_id=case.team_id,
        case_id=case.id,
        at=at,
        by=actor_of(session).user_id,
        domains={name: score.model_dump() for name, score in body.domains.items()},
    )
    session.add(row)
    if whole(body.domains):
        await tasks.close(session, Task.case_id == case.id, Task.kind == "outcome_form", why="recorded")
    return row


async def listed(session: AsyncSession, case_id: UUID, paging: PageRequest) -> Page[NeedsAssessment]:
    """Return the assessments of a case, the newest first."""
    statement = select(NeedsAssessment).where(NeedsAssessment.case_id == case_id)
    return await page(session, statement, [(NeedsAssessment.at, "desc"), (NeedsAssessment.id, "desc")], paging)
