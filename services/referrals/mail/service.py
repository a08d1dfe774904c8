"""Receiving a mail: whose it is, what it is about, and what that stops. One transaction, harmless when repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation
from services.referrals.mail import rules
from services.referrals.mail.models import Mail, MailReferral
from services.referrals.mail.reading import Read
from services.referrals.mail.rules import Status
from services.referrals.message import closing
from services.referrals.message.models import Message, MessageItem
from services.referrals.referral import mailed
from services.referrals.referral.models import Referral
from services.referrals.referral.words import OPEN
from shared import clock
from shared.access.scope import in_teams
from shared.crypto.keyring import keyring
from shared.db.session import actor_of
from shared.events.referrals import MailArrived, MailRead
from shared.http.problems import not_found
from shared.outbox.emit import emit

# Belongs to no team: only when several share a mailbox and nobody said who reads what nothing names.
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Received:
    """What became of a mail, per team that it concerns."""

    status: Status
    mail_ids: tuple[UUID, ...]
    referral_ids: tuple[UUID, ...]


async def receive(session: AsyncSession, mail: Read, reads_the_rest: UUID | None) -> Received:
    """Take in one mail. `reads_the_rest`: the team that reads what nothing tells the team of."""
    ours = await _ours(session, (*mail.returned, *mail.answers))
    if rules.bounces(answers_ours=ours is not None, report=mail.report, failed=mail.failed, daemon=mail.daemon):
        assert ours is not None
        return await _bounce(session, mail, ours)
    if mail.automatic or mail.report:
        return Received(Status.IGNORED, (), ())
    agency_ids = await _agencies(session, mail.sender)
    about = await _about(session, mail, agency_ids, ours)
    if not about:
        return await _unmatched(session, mail, agency_ids, ours, reads_the_rest)
    # Before the mail is written, and all of them by id: the order in which everybody locks.
    await session.execute(_locking([row.id for row in about]))
    ids: list[UUID] = []
    for team_id in sorted({row.team_id for row in about}):
        theirs = [row for row in about if row.team_id == team_id]
        ids += await _matched(session, mail, team_id, theirs, ours)
    return Received(Status.MATCHED, tuple(ids), tuple(row.id for row in about))


def _locking(ids: Sequence[UUID]) -> Select[UUID]:
    return select(Referral.id).where(Referral.id.in_(ids)).order_by(Referral.id).with_for_update()


async def _ours(session: AsyncSession, header_ids: Sequence[str]) -> Message | None:
    """The message of ours that a mail refers to, of the actor's teams."""
    if not header_ids:
        return None
    stmt = in_teams(select(Message).where(Message.header_id.in_(header_ids)), Message, actor_of(session))
    found = {message.header_id: message for message in await session.scalars(stmt)}
    return next((found[each] for each in header_ids if each in found), None)


async def _agencies(session: AsyncSession, sender: str) -> list[UUID]:
    """Agencies with this address on record: their own, a service's or a place's. Never by domain: many share one."""
    if not sender:
        return []
    services = select(AgencyService.agency_id).where(func.lower(AgencyService.email) == sender)
    places = (
        select(AgencyService.agency_id)
        .join(ServiceAtLocation, ServiceAtLocation.service_id == AgencyService.id)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(func.lower(Location.email) == sender)
    )
    own = func.lower(Agency.email) == sender
    stmt = select(Agency.id).where(or_(own, Agency.id.in_(services), Agency.id.in_(places)))
    return list(await session.scalars(stmt.order_by(Agency.id).limit(20)))


async def _about(session: AsyncSession, mail: Read, agency_ids: list[UUID], ours: Message | None) -> Sequence[Referral]:
    """Referrals of the sender's own agency that it names; failing that, all of the message it answers.

    What the writer wrote counts before what is quoted: an answer to a list quotes every reference of it.
    """
    if not agency_ids:
        return []
    for said in (f"{mail.subject}\n{rules.own_words(mail.text)}", mail.text):
        if names := rules.references(said):
            found = await _of(session, agency_ids, Referral.reference.in_(names))
            if found:
                return found
    if ours is None:
        return []
    items = select(MessageItem.referral_id).where(MessageItem.message_id == ours.id)
    return await _of(session, agency_ids, Referral.id.in_(items))


async def _of(session: AsyncSession, agency_ids: list[UUID], which: object) -> Sequence[Referral]:
    stmt = select(Referral).where(Referral.agency_id.in_(agency_ids), which)  # type: ignore[arg-type]
    stmt = in_teams(stmt.where(Referral.ever_sent | Referral.accepted_before), Referral, actor_of(session))
    return (await session.scalars(stmt.order_by(Referral.id))).all()


async def _matched(
    session: AsyncSession, mail: Read, team_id: UUID, about: Sequence[Referral], ours: Message | None
) -> list[UUID]:
    row = _row(mail, Status.MATCHED, "reference", team_id, about[0].agency_id, ours)
    if not await _new(session, row):
        return []
    at = clock.now()
    for referral in about:
        session.add(MailReferral(team_id=team_id, mail_id=row.id, referral_id=referral.id))
        await mailed.pause_for_mail(session, referral.id, at)
    await tell(session, row, about[0].agency_id, at, [referral.id for referral in about])
    return [row.id]


async def _unmatched(
    session: AsyncSession, mail: Read, agency_ids: list[UUID], ours: Message | None, reads_the_rest: UUID | None
) -> Received:
    """Nothing stops; somebody reads it. Who names an open reference is heard, known or not: it may be the agency."""
    if not agency_ids and (named := await _named(session, mail, ours)):
        ids = [await _from_a_stranger(session, mail, ours, team, named) for team in sorted({r.team_id for r in named})]
        return Received(Status.UNMATCHED, tuple(ids), ())
    agency_id = agency_ids[0] if agency_ids else None
    team_id = ours.team_id if ours else await _reader(session, agency_ids, reads_the_rest)
    why = "no_reference" if agency_ids else "unknown_sender"
    row = _row(mail, Status.UNMATCHED, why, team_id, agency_id, ours)
    if await _new(session, row) and agency_id is not None and team_id != NOBODY:
        await tell(session, row, agency_id, clock.now(), [])
    return Received(Status.UNMATCHED, (row.id,), ())


async def _named(session: AsyncSession, mail: Read, ours: Message | None) -> Sequence[Referral]:
    """Open referrals that were sent and that a stranger's mail names or, failing that, whose message it answers."""
    names = rules.references(f"{mail.subject}\n{mail.text}")
    which = Referral.reference.in_(names)
    if not names and ours is not None:
        which = Referral.id.in_(select(MessageItem.referral_id).where(MessageItem.message_id == ours.id))
    stmt = select(Referral).where(which, Referral.ever_sent, Referral.state.in_(sorted(OPEN)))
    return (await session.scalars(in_teams(stmt, Referral, actor_of(session)).order_by(Referral.id))).all()


async def _from_a_stranger(
    session: AsyncSession, mail: Read, ours: Message | None, team_id: UUID, named: Sequence[Referral]
) -> UUID:
    row = _row(mail, Status.UNMATCHED, "unknown_sender", team_id, None, ours)
    if await _new(session, row):
        theirs = [referral.id for referral in named if referral.team_id == team_id]
        session.add_all(MailReferral(team_id=team_id, mail_id=row.id, referral_id=each) for each in theirs)
        await tell(session, row, None, clock.now(), theirs)
    return row.id


async def _reader(session: AsyncSession, agency_ids: list[UUID], reads_the_rest: UUID | None) -> UUID:
    """The team that refers to that agency if it is one, the one named in the settings, or the only one there is."""
    actor = actor_of(session)
    if not actor.every_team and len(actor.teams) == 1:
        return actor.teams[0]
    stmt = in_teams(select(Referral.team_id).distinct().limit(2), Referral, actor)
    for query in (stmt.where(Referral.agency_id.in_(agency_ids)), stmt):
        teams = list(await session.scalars(query))
        if len(teams) == 1:
            return teams[0]
        if reads_the_rest is not None and actor.in_team(reads_the_rest):
            return reads_the_rest
    return NOBODY


async def _bounce(session: AsyncSession, mail: Read, ours: Message) -> Received:
    row = _row(mail, Status.BOUNCE, mail.failed or "daemon", ours.team_id, ours.agency_id, ours)
    if not await _new(session, row):
        return Received(Status.BOUNCE, (row.id,), ())
    about = await closing.bounced(session, ours.id, f"returned_{row.why}")
    await _nobody_got_it(session, row, ours, about)
    return Received(Status.BOUNCE, (row.id,), tuple(about))


async def unsent(session: AsyncSession, message_id: UUID, why: str) -> None:
    """A message of ours that no relay takes, or that has no address: for the worker as if it had come back."""
    ours = await session.get_one(Message, message_id)
    row = Mail(team_id=ours.team_id, digest=_digest(message_id), status=Status.BOUNCE, why=why)
    row.agency_id, row.message_id = ours.agency_id, ours.id
    row.content = {"from": "", "subject": "", "text": "", "attachments": 0}
    if await _new(session, row):
        about = await session.scalars(select(MessageItem.referral_id).where(MessageItem.message_id == message_id))
        await closing.bounced(session, message_id, why)
        await _nobody_got_it(session, row, ours, sorted(set(about)))


def _digest(message_id: UUID) -> bytes:
    return keyring().hmac("mail", hashlib.sha256(b"unsent" + message_id.bytes).digest())


async def _nobody_got_it(session: AsyncSession, row: Mail, ours: Message, about: list[UUID]) -> None:
    for referral_id in about:
        session.add(MailReferral(team_id=ours.team_id, mail_id=row.id, referral_id=referral_id))
    # Undeliverable is a task by itself; where it has gone further, somebody must see that the address is dead.
    await tell(session, row, ours.agency_id, clock.now(), about)


def _row(mail: Read, status: Status, why: str, team_id: UUID, agency_id: UUID | None, ours: Message | None) -> Mail:
    row = Mail(
        team_id=team_id,
        digest=mail.digest,
        status=status,
        why=why,
        agency_id=agency_id,
        message_id=ours.id if ours else None,
    )
    row.content = {
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "attachments": mail.attachments,
    }
    return row


async def _new(session: AsyncSession, row: Mail) -> bool:
    """Insert it; False when this team has it already (then `row.id` is the one it has)."""
    values = {column.key: getattr(row, column.key) for column in Mail.__table__.columns}
    made = await session.scalar(insert(Mail).values(values).on_conflict_do_nothing().returning(Mail.id))
    if made is None:
        same = select(Mail.id).where(Mail.digest == row.digest, Mail.team_id == row.team_id)
        row.id = await session.scalar(same) or row.id
    return made is not None


async def tell(session: AsyncSession, row: Mail, agency_id: UUID | None, at: datetime, about: list[UUID]) -> None:
    """That it waits to be read."""
    told = MailArrived(
        version=1, occurred_at=at, mail_id=row.id, agency_id=agency_id, team_id=row.team_id, referral_ids=about
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
    """Mails of the actor's teams, narrowed; still to be paged."""
    stmt = in_teams(select(Mail), Mail, actor_of(session))
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
    """One mail of the actor's teams; a 404 problem otherwise."""
    stmt = in_teams(select(Mail).where(Mail.id == mail_id), Mail, actor_of(session))
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    row = await session.scalar(stmt)
    if row is None:
        raise not_found()
    return row


async def about(session: AsyncSession, mail_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """The referrals of each mail."""
    stmt = select(MailReferral).where(MailReferral.mail_id.in_(mail_ids)).order_by(MailReferral.referral_id)
    found: dict[UUID, list[UUID]] = {id: [] for id in mail_ids}
    for line in await session.scalars(stmt):
        found[line.mail_id].append(line.referral_id)
    return found


async def put_to(session: AsyncSession, row: Mail, referral: Referral) -> None:
    """Somebody has found out what it is about. What was matched already stays so."""
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
    """Somebody has read it: ladders that no other unread mail holds go on. False when it was read already.

    A bounce is read like any mail; what it stopped is put right by sending again.
    """
    if row.read_at is not None:
        return False
    at, by = clock.now(), actor_of(session).user_id
    row.read_at, row.read_by = at, by
    row.touch()
    await session.flush()
    for referral_id in (await about(session, [row.id]))[row.id]:
        waits = (
            select(Mail.id)
            .join(MailReferral, MailReferral.mail_id == Mail.id)
            # A stranger's mail holds nothing: else anybody could keep a ladder waiting.
            .where(MailReferral.referral_id == referral_id, Mail.read_at.is_(None), Mail.status != Status.UNMATCHED)
        )
        # The referral first: a mail that comes in at this moment waits for it, or is seen here.
        await session.execute(_locking([referral_id]))
        if await session.scalar(waits.limit(1)) is None:
            await mailed.mail_read(session, referral_id, at, by)
    told = MailRead(version=row.version, occurred_at=at, mail_id=row.id, team_id=row.team_id, by=by)
    await emit(session, told, aggregate=row.id)
    return True
