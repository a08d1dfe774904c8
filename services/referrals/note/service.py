"""Finding the line of a history by its note, which is to be struck."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.models import ReferralMove
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.http.problems import not_found


async def visible(session: AsyncSession, note_id: UUID) -> ReferralMove:
    """Return the line, locked; raise 404 unless it is of the actor's teams."""
    stmt = in_teams(select(ReferralMove).where(ReferralMove.id == note_id), ReferralMove, actor_of(session))
    line = await session.scalar(stmt.with_for_update())
    if line is None:
        raise not_found()
    return line
