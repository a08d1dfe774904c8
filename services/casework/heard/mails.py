"""Which mails of agencies have come, and which of them somebody has read: facts that may arrive in any order."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.heard.models import KnownMail
from shared import clock


async def known(session: AsyncSession, mail_id: UUID, team_id: UUID) -> KnownMail:
    """The locked row of a mail; made when this is the first we hear. Who hears the other half meanwhile waits."""
    values = {"id": mail_id, "team_id": team_id, "recorded_at": clock.now()}
    await session.execute(insert(KnownMail).values(values).on_conflict_do_nothing())
    found = await session.scalars(select(KnownMail).where(KnownMail.id == mail_id).with_for_update())
    return found.one()
