"""Finding the note to strike: of a decision, or of the reopening of a case."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import CaseNote
from services.casework.plan.models import DecisionNote
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.http.problems import not_found


async def visible(session: AsyncSession, note_id: UUID) -> DecisionNote | CaseNote:
    """Return the note, locked; raise 404 unless it is of the actor's teams."""
    actor = actor_of(session)
    beside = in_teams(select(DecisionNote).where(DecisionNote.id == note_id), DecisionNote, actor)
    if (decision := await session.scalar(beside.with_for_update())) is not None:
        return decision
    of_case = in_teams(select(CaseNote).where(CaseNote.id == note_id), CaseNote, actor)
    if (note := await session.scalar(of_case.with_for_update())) is not None:
        return note
    raise not_found()
