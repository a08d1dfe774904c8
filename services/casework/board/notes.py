"""Notes beside decisions: stored sealed, shown to everybody who may read the row."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.schemas import NoteView
from services.casework.plan.models import DecisionNote
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.notes import trace

_MOST = 200


async def of(session: AsyncSession, row_id: UUID) -> list[NoteView]:
    """Return the notes of a plan's or referral's decisions, the newest first."""
    statement = in_teams(select(DecisionNote).where(DecisionNote.row_id == row_id), DecisionNote, actor_of(session))
    found = await session.scalars(statement.order_by(DecisionNote.at.desc(), DecisionNote.id.desc()).limit(_MOST))
    return [
        NoteView(
            id=each.id,
            command=each.command,
            by=each.by,
            at=each.at,
            **vars(trace(each, each.by, actor_of(session))),
        )
        for each in found
        if each.note_sealed is not None
    ]


async def beside(session: AsyncSession, decisions: Collection[str]) -> dict[str, str]:
    """Return the notes of these decisions that are not struck, by decision id."""
    statement = in_teams(select(DecisionNote), DecisionNote, actor_of(session))
    found = await session.scalars(statement.where(DecisionNote.decision_id.in_(set(decisions))))
    return {each.decision_id: note for each in found if (note := each.shown_note)}
