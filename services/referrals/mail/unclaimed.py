"""Emails that came while no team was named to read them: kept, counted for operators, given to a team once named."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.mail import service
from services.referrals.mail.models import Mail
from services.referrals.mail.rules import Status
from services.referrals.mail.service import NOBODY
from shared import clock, log
from shared.context import Actor
from shared.db.session import Database

SETTING = "ALONGSIDE_INBOUND_MAIL_TEAM"


async def count(session: AsyncSession) -> int:
    """Return how many there are. A count alone: the contents are for the team that will read them."""
    return await session.scalar(select(func.count()).select_from(Mail).where(Mail.team_id == NOBODY)) or 0


async def give(session: AsyncSession, team_id: UUID) -> int:
    """Give the emails to the team that reads emails which name no team, as if they came now; return how many."""
    stmt = select(Mail).where(Mail.team_id == NOBODY).order_by(Mail.id).with_for_update()
    found = (await session.scalars(stmt)).all()
    theirs = select(Mail.digest).where(Mail.team_id == team_id, Mail.digest.in_([mail.digest for mail in found]))
    known = set(await session.scalars(theirs))
    for mail in found:
        if mail.digest in known:
            # The email came once more, after the reader had been named.
            await session.delete(mail)
            continue
        mail.team_id = team_id
        mail.touch()
        if mail.agency_id is not None or mail.status == Status.REFUSED:
            await service.emit_arrived(session, mail, mail.agency_id, clock.now(), [])
    return len(found)


async def look_after(database: Database, reader: UUID | None) -> None:
    """Run one round: give the emails to the named reader, else log how many wait."""
    async with database.transaction(Actor.service("referrals")) as session:
        if reader is not None:
            await give(session, reader)
        elif waiting := await count(session):
            log.get(part="mail").warning("mails that nobody reads: name a team", count=waiting, where=SETTING)
