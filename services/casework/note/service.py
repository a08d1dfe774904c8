"""Finding the note to strike: of a decision, or of the reopening of a case."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import CaseNote
from services.casework.plan.models import DecisionNote
from shared.db.visible import find, visible


async def locked(session: AsyncSession, note_id: UUID) -> DecisionNote | CaseNote:
    """Return the note, locked; raise 404 unless it is of the actor's teams."""
    decision = await find(session, DecisionNote, note_id, lock=True)
    return decision or await visible(session, CaseNote, note_id, lock=True)
