"""Received emails: stored once, shown to whoever may read them, marked as read."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from services.referrals.directory.contact import contact_of
from services.referrals.mail.models import Mail, MailCount, MailFile, MailReferral
from services.referrals.mail.rules import Status
from services.referrals.message.models import Message, MessageItem
from services.referrals.outbound import closing
from services.referrals.referral import mail_effects
from services.referrals.referral.models import Referral
from shared import clock
from shared.access.roles import Role
from shared.crypto.keyring import keyring
from shared.db.session import actor_of
from shared.db.visible import find
from shared.events.referrals import MailArrived, MailRead
from shared.http.problems import conflict, not_found
from shared.outbox.emit import emit
from shared.practice.calendar import local_day

# The address of a service has changed, and the person has not agreed to a disclosure there.
NEW_ADDRESS = "new_address"
# Of no team: only when several teams share a mailbox and the settings name no reader for emails that name no team.
NOBODY = UUID(int=0)


async def lock(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Lock these referrals, by id: the order of locking everywhere."""
    await session.execute(select(Referral.id).where(Referral.id.in_(ids)).order_by(Referral.id).with_for_update())


async def unsent(session: AsyncSession, message_id: UUID, why: str, fault: str) -> None:
    """Record a message of ours that no relay takes, or that has no address, as if it had come back."""
    ours = await session.get_one(Message, message_id)
    digest = keyring().hmac("mail", hashlib.sha256(b"unsent" + message_id.bytes).digest())
    row = Mail(team_id=ours.team_id, digest=digest, status=Status.BOUNCE, why=fault, for_guardian=False)
    row.agency_id, row.message_id = ours.agency_id, ours.id
    row.content = {"from": "", "subject": "", "text": "", "own": ""}
    if await new(session, row):
        about = await session.scalars(select(MessageItem.referral_id).where(MessageItem.message_id == message_id))
        await closing.bounced(session, message_id, why, fault)
        await nobody_got_it(session, row, ours, sorted(set(about)))


async def untold(session: AsyncSession, message_id: UUID, referral_ids: Sequence[UUID]) -> None:
    """Record referrals that may not be disclosed at their service's new address: a task, once for each address."""
    ours = await session.get_one(Message, message_id)
    for referral_id in referral_ids:
        referral = await session.get_one(Referral, referral_id)
        address = (await contact_of(session, referral.service_id)).email or ""
        what = b"untold" + referral_id.bytes + address.lower().encode()
        digest = keyring().hmac("mail", hashlib.sha256(what).digest())
        row = Mail(team_id=referral.team_id, digest=digest, status=Status.BOUNCE, why=NEW_ADDRESS, for_guardian=False)
        row.agency_id, row.message_id = referral.agency_id, ours.id
        row.content = {"from": "", "subject": "", "text": "", "own": ""}
        if await new(session, row):
            await nobody_got_it(session, row, ours, [referral_id])


async def nobody_got_it(session: AsyncSession, row: Mail, ours: Message, about: list[UUID]) -> None:
    """Attach a message that reached nobody to its referrals, and emit the event that makes it a task."""
    for referral_id in about:
        session.add(MailReferral(team_id=ours.team_id, mail_id=row.id, referral_id=referral_id))
    # An undeliverable referral is a task by itself; where it has moved on, somebody must learn that the address is
    # dead.
    await emit_arrived(session, row, ours.agency_id, clock.now(), about)


async def new(session: AsyncSession, row: Mail) -> bool:
    """Insert the row; return False when this team has the email already (then `row.id` becomes the stored row's)."""
    values = {column.key: getattr(row, column.key) for column in Mail.__table__.columns}
    made = await session.scalar(insert(Mail).values(values).on_conflict_do_nothing().returning(Mail.id))
    if made is None:
        same = select(Mail.id).where(Mail.digest == row.digest, Mail.team_id == row.team_id)
        row.id = await session.scalar(same) or row.id
    return made is not None


async def emit_arrived(
    session: AsyncSession, row: Mail, agency_id: UUID | None, at: datetime, about: list[UUID]
) -> None:
    """Emit that an email waits to be read."""
    told = MailArrived(
        version=1,
        occurred_at=at,
        mail_id=row.id,
        agency_id=agency_id,
        team_id=row.team_id,
        referral_ids=about,
        asks="guardian" if row.for_guardian else "address" if row.why == "address_closed" else "read",
    )
    await emit(session, told, aggregate=row.id)


# --- reading ------------------------------------------------------------------------------------------------


def listed(
    session: AsyncSession,
    status: list[Status] | None,
    agency_id: UUID | None,
    referral_id: UUID | None,
    unread: bool | None,
) -> Select[Mail]:
    """Return the query for emails of the actor's teams, filtered; the caller pages it."""
    stmt = select(Mail).where(_readable(session))
    if status:
        stmt = stmt.where(Mail.status.in_(status))
    if agency_id is not None:
        stmt = stmt.where(Mail.agency_id == agency_id)
    if referral_id is not None:
        about = select(MailReferral.mail_id).where(MailReferral.referral_id == referral_id)
        stmt = stmt.where(Mail.id.in_(about))
    if unread is not None:
        stmt = stmt.where(Mail.read_at.is_(None) if unread else Mail.read_at.is_not(None))
    return stmt


async def visible(session: AsyncSession, mail_id: UUID, *, lock: bool = False) -> Mail:
    """Return one email of the actor's teams; raise a 404 problem otherwise."""
    row = await find(session, Mail, mail_id, lock=lock, shared_with=_readable(session))
    if row is None:
        raise not_found()
    return row


def _readable(session: AsyncSession) -> ColumnElement[bool]:
    """Return which emails the actor may read: their teams'.

    An email about people of two teams is for a guardian alone.
    """
    actor = actor_of(session)
    if actor.every_team:
        return Mail.id.is_not(None)
    theirs = Mail.team_id.in_(actor.teams)
    if actor.role is not Role.GUARDIAN:
        return and_(theirs, ~Mail.for_guardian)
    shared = select(MailReferral.mail_id).where(MailReferral.team_id.in_(actor.teams))
    return or_(theirs, and_(Mail.for_guardian, Mail.id.in_(shared)))


async def files(session: AsyncSession, mail_id: UUID) -> Sequence[MailFile]:
    """Return the files of an email, without their contents."""
    stmt = select(MailFile).where(MailFile.mail_id == mail_id, ~MailFile.whole).order_by(MailFile.position)
    return (await session.scalars(stmt)).all()


async def file(session: AsyncSession, row: Mail, file_id: UUID) -> MailFile:
    """Return one file of an email that the actor may read; raise a 404 problem otherwise."""
    stmt = select(MailFile).where(MailFile.id == file_id, MailFile.mail_id == row.id, ~MailFile.whole)
    found = await session.scalar(stmt.options(undefer(MailFile.content_sealed)))
    if found is None:
        raise not_found()
    return found


async def about(session: AsyncSession, mail_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Return the referrals of each email."""
    stmt = select(MailReferral).where(MailReferral.mail_id.in_(mail_ids)).order_by(MailReferral.referral_id)
    found: dict[UUID, list[UUID]] = {id: [] for id in mail_ids}
    for line in await session.scalars(stmt):
        found[line.mail_id].append(line.referral_id)
    return found


async def standing(session: AsyncSession, teams: Sequence[UUID] | None) -> dict[str, Any]:
    """Return the numbers of inbound email in these teams (None: in all teams)."""
    waiting = select(func.count(), func.min(Mail.recorded_at)).where(Mail.read_at.is_(None))
    refused = select(func.count()).where(Mail.read_at.is_(None), Mail.status == Status.REFUSED)
    if teams is not None:
        waiting, refused = waiting.where(Mail.team_id.in_(teams)), refused.where(Mail.team_id.in_(teams))
    since = (local_day(clock.now()) - timedelta(days=30)).isoformat()
    ignored = select(func.sum(MailCount.number)).where(MailCount.day >= since, MailCount.what == Status.IGNORED)
    unread, oldest = (await session.execute(waiting)).one()
    return {
        "refused": await session.scalar(refused) or 0,
        "ignored": await session.scalar(ignored) or 0,
        "unread": unread,
        "oldest_unread_at": oldest,
    }


async def put_to(session: AsyncSession, row: Mail, referral: Referral) -> None:
    """Attach an email to the referral that a worker found. A matched email keeps its status."""
    there = referral.id in (await about(session, [row.id]))[row.id]
    if there and row.status != Status.UNMATCHED:
        return
    if row.team_id != referral.team_id:
        raise not_found()
    if not there:
        session.add(MailReferral(team_id=row.team_id, mail_id=row.id, referral_id=referral.id))
    if row.status == Status.UNMATCHED:
        row.status, row.why, row.agency_id = Status.MATCHED, "by_hand", referral.agency_id
    row.touch()
    await session.flush()


async def mark_read(session: AsyncSession, row: Mail) -> bool:
    """Mark an email as read: ladders for which no other unread email waits run again. Return False when already read.

    A bounce is read like any email; its referral is mended by sending again.
    """
    if row.read_at is not None:
        return False
    if actor_of(session).role is Role.GUARDIAN and not row.for_guardian:
        # A guardian may read without marking: the email about a person is for those who work with the person.
        raise conflict("Only those who work with the person mark this email as read.", rule="not_for_guardian")
    at, by = clock.now(), actor_of(session).user_id
    row.read_at, row.read_by = at, by
    row.touch()
    await session.flush()
    for referral_id in (await about(session, [row.id]))[row.id]:
        waits = (
            select(Mail.id)
            .join(MailReferral, MailReferral.mail_id == Mail.id)
            # A stranger's email holds no ladder, or anybody could keep one waiting. Nor does an automatic email.
            .where(
                MailReferral.referral_id == referral_id,
                Mail.read_at.is_(None),
                Mail.status.not_in([Status.UNMATCHED, Status.NOTICE]),
                Mail.agency_id.is_not(None),
            )
        )
        # The referral is locked first: an email received at this moment waits for the lock, or is seen here.
        await lock(session, [referral_id])
        if await session.scalar(waits.limit(1)) is None:
            await mail_effects.mail_read(session, referral_id, at, by)
    told = MailRead(version=row.version, occurred_at=at, mail_id=row.id, team_id=row.team_id, by=by)
    await emit(session, told, aggregate=row.id)
    return True
