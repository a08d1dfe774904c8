"""Emails of agencies that have come, and those that somebody has read: the events may arrive in any order."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.projections.models import KnownMail
from shared import clock


async def known(session: AsyncSession, mail_id: UUID, team_id: UUID) -> KnownMail:
    """Return the locked row of an email, made by whichever event is first. A concurrent handler of the other waits."""
    values = {"id": mail_id, "team_id": team_id, "recorded_at": clock.now()}
    await session.execute(insert(KnownMail).values(values).on_conflict_do_nothing())
    found = await session.scalars(select(KnownMail).where(KnownMail.id == mail_id).with_for_update())
    return found.one()
