"""The team's mailbox at a provider: its emails are received like those of the watched folder.

An email is moved to the *done* folder only after its contents are committed. A stop in between brings the email once
more, and the same email received twice is stored once. An email stays where it is when an engine or the provider goes
away.
"""

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.base import SERVICE
from services.referrals.mail.graph import Graph
from services.referrals.mail.imap import Imap
from services.referrals.mail.mailbox_interface import Cannot, Mailbox, Opened
from services.referrals.mail.models import MailboxState
from services.referrals.mail.service import NOBODY
from services.referrals.mail.watched_folder import take_in
from shared import clock, log
from shared.context import Actor
from shared.db.session import Database
from shared.http.state import Services
from shared.ids import new_id
from shared.settings import Settings
from shared.supervise import raise_if_cancelled

# After this many failures in a row the fault is the provider's, not the emails'.
_AWAY_AFTER = 5


def mailbox_of(settings: Settings) -> Mailbox | None:
    """Return the mailbox that the settings name; None when there is none."""
    if settings.mailbox == "imap":
        return Imap(settings)
    return Graph(settings) if settings.mailbox == "graph" else None


async def mailbox(services: Services) -> None:
    """Fetch from the mailbox for as long as the process runs; idle when no mailbox is set."""
    box = mailbox_of(services.settings)
    if box is None:
        await asyncio.Event().wait()  # nothing to fetch: idle until cancelled
        return
    while True:
        raise_if_cancelled()
        await fetch(services.work, box, services.settings.inbound_mail_team)
        await asyncio.sleep(services.settings.mailbox_seconds)


async def fetch(database: Database, box: Mailbox, reads_the_rest: UUID | None) -> int:
    """Receive the waiting emails once; return how many. A failure of the provider is recorded, for status to show.

    An email that the provider does not give or move holds up none after it: it is tried again in the next round.
    """
    taken, in_a_row = 0, 0
    held_up: Cannot | None = None
    try:
        async with box.open() as opened:
            async for key in opened.waiting():
                raise_if_cancelled()
                try:
                    taken += await _one(database, opened, key, reads_the_rest)
                    in_a_row = 0
                except Cannot as error:
                    held_up, in_a_row = error, in_a_row + 1
                    if error.why == "interrupted" or in_a_row == _AWAY_AFTER:
                        break
        if held_up is not None:
            raise held_up
    except Cannot as error:
        log.get(part="mailbox").warning("the mailbox could not be read", reason=error.why)
        await _note(database, error.why)
    else:
        await _note(database, None)
    return taken


async def _one(database: Database, opened: Opened, key: str, reads_the_rest: UUID | None) -> int:
    item = await opened.read(key)
    if item is None:
        return 0
    await take_in(database, item.raw, reads_the_rest, size=item.size)
    # The commit is done; only now may the email leave the watched folder.
    await opened.done(key)
    return 1


async def _note(database: Database, why: str | None) -> None:
    async with database.transaction(Actor.service(SERVICE)) as session:
        now = clock.now()
        values = {"id": new_id(), "team_id": NOBODY, "recorded_at": now, "name": "mailbox"}
        await session.execute(insert(MailboxState).values(values).on_conflict_do_nothing())
        row = (
            await session.scalars(select(MailboxState).where(MailboxState.name == "mailbox").with_for_update())
        ).one()
        row.why = why
        row.failing_since = None if why is None else row.failing_since or now
        if why is None:
            row.fetched_at = now


async def failing(session: AsyncSession) -> tuple[datetime | None, str | None]:
    """Return since when the mailbox cannot be read, and why; None while it can."""
    row = await session.scalar(select(MailboxState).where(MailboxState.name == "mailbox"))
    return (row.failing_since, row.why) if row is not None else (None, None)
