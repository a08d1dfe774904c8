"""Notes beside decisions and on cases: writing one, and finding the one that is to be struck."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import CaseNote
from services.casework.plan.models import DecisionNote
from shared import clock
from shared.db.session import actor_of
from shared.db.visible import find, visible


async def locked(session: AsyncSession, note_id: UUID) -> DecisionNote | CaseNote:
    """Return the note, locked; raise 404 unless it is of the actor's teams."""
    decision = await find(session, DecisionNote, note_id, lock=True)
    return decision or await visible(session, CaseNote, note_id, lock=True)


async def write(
    session: AsyncSession, row_id: UUID, team_id: UUID, decision_id: str, command: str, text: str | None
) -> None:
    """Save the sealed note beside a decision, if there is one."""
    if text is None:
        return
    by, at = actor_of(session).user_id, clock.now()
    session.add(
        DecisionNote(row_id=row_id, team_id=team_id, decision_id=decision_id, command=command, by=by, at=at, note=text)
    )
    await session.flush()
