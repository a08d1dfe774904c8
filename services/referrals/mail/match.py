"""Finding what an email is about: the message of ours that it answers, its agency, the referrals that it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import OPEN
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation
from services.referrals.mail import quotes, rules
from services.referrals.mail.parser import Read
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import LEFT
from services.referrals.referral.models import Referral
from shared import clock
from shared.access.scope import in_teams
from shared.db.session import actor_of

# A report that has nothing of ours but the address can only be about a message of the last days.
_LATELY = timedelta(days=14)


@dataclass(frozen=True)
class Found:
    """The facts about an email.

    `about`: referrals of its sender's own agency; `named`: open ones that the email names. `own_names`: the writer's
    own words name one of them. `teams`: the teams of every referral that the email names, and of our message.
    """

    agency_ids: tuple[UUID, ...]
    ours: Message | None
    about: Sequence[Referral]
    named: Sequence[Referral]
    own_names: bool
    teams: frozenset[UUID]


async def find(session: AsyncSession, mail: Read) -> Found:
    """Find what an email is about, without locking or writing anything."""
    returned = mail.report.returned if mail.report else ()
    ours = await _by_header(session, (*returned, *mail.answers))
    agency_ids = await _agencies(session, mail.senders)
    stands_in_it = rules.references(f"{mail.subject}\n{mail.text}")
    every = await _of(session, Referral.reference.in_(stands_in_it)) if stands_in_it else []
    known = {row.reference: row for row in every}
    own = _in(known, quotes.without(mail.own, ours.body or "") if ours else mail.own)
    about = await _about(session, mail, agency_ids, ours, known)
    named = [row for row in every if row.state in OPEN]
    if not named and ours is not None:
        named = [row for row in await _items(session, ours) if row.state in OPEN]
    return Found(
        agency_ids=tuple(agency_ids),
        ours=ours,
        about=about,
        named=named,
        own_names=any(row.agency_id in agency_ids or row.state in OPEN for row in own),
        teams=frozenset(row.team_id for row in (*every, *about)) | ({ours.team_id} if ours else frozenset()),
    )


async def returned(session: AsyncSession, mail: Read, found: Found) -> Message | None:
    """Return the message of ours that a mail system could not deliver: by its id, else by what else the report shows.

    Relays give a message an id of their own. Then a reference in the returned text identifies it, or the address that
    failed: the last message to that address.
    """
    if found.ours is not None:
        return found.ours
    recipients = mail.report.recipients if mail.report else ()
    stmt = select(Message).where(Message.status.in_(sorted(LEFT)))
    if found.about or found.named:
        ids = [row.id for row in (*found.about, *found.named)]
        items = select(MessageItem.message_id).where(
            MessageItem.referral_id.in_(ids), MessageItem.outcome == "included"
        )
        stmt = stmt.where(Message.id.in_(items))
        if recipients:
            stmt = stmt.where(func.lower(Message.address).in_(recipients))
    elif recipients:
        stmt = stmt.where(func.lower(Message.address).in_(recipients), Message.sent_at > clock.now() - _LATELY)
    else:
        return None
    stmt = in_teams(stmt, Message, actor_of(session)).order_by(Message.sent_at.desc().nulls_last(), Message.id.desc())
    return await session.scalar(stmt.limit(1))


async def reader(session: AsyncSession, agency_ids: Sequence[UUID], reads_the_rest: UUID | None) -> UUID | None:
    """Return the team that reads an email.

    It is the only team that refers to the agency, else the one in the settings, else the only one there is.
    """
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
    return None


async def _by_header(session: AsyncSession, header_ids: Sequence[str]) -> Message | None:
    if not header_ids:
        return None
    stmt = in_teams(select(Message).where(Message.header_id.in_(header_ids)), Message, actor_of(session))
    found = {message.header_id: message for message in await session.scalars(stmt)}
    return next((found[each] for each in header_ids if each in found), None)


async def _agencies(session: AsyncSession, senders: Sequence[str]) -> list[UUID]:
    """Return the agencies with one of these addresses on record: their own, a service's or a place's.

    Never by domain: many agencies share one.
    """
    for sender in senders:
        services = select(AgencyService.agency_id).where(func.lower(AgencyService.email) == sender)
        places = (
            select(AgencyService.agency_id)
            .join(ServiceAtLocation, ServiceAtLocation.service_id == AgencyService.id)
            .join(Location, Location.id == ServiceAtLocation.location_id)
            .where(func.lower(Location.email) == sender)
        )
        own = func.lower(Agency.email) == sender
        stmt = select(Agency.id).where(or_(own, Agency.id.in_(services), Agency.id.in_(places)))
        if found := list(await session.scalars(stmt.order_by(Agency.id).limit(20))):
            return found
    return []


async def _about(
    session: AsyncSession, mail: Read, agency_ids: Sequence[UUID], ours: Message | None, known: dict[str, Referral]
) -> Sequence[Referral]:
    """Return the referrals of the sender's own agency that the writer's words name; failing that, those they answer.

    An answer to a list quotes every reference of the list, so quoted references count last, and only those that our
    message had.
    """
    if not agency_ids:
        return []
    theirs = {reference: row for reference, row in known.items() if row.agency_id in agency_ids}
    own = mail.own
    if ours is not None:
        own = quotes.without(own, ours.body or "")
        behind = quotes.without(mail.text, ours.body or "")
    else:
        behind = mail.text
    for said in (own, mail.between, mail.subject, behind if ours is not None else ""):
        if found := _in(theirs, said):
            return found
    if ours is None:
        return _in(theirs, mail.text)
    items = [row for row in await _items(session, ours) if row.agency_id in agency_ids]
    quoted = {row.id for row in _in(theirs, mail.text)}
    return [row for row in items if row.id in quoted] or items


def _in(known: dict[str, Referral], text: str) -> list[Referral]:
    found = {known[each].id: known[each] for each in rules.references(text) if each in known} if known else {}
    return [found[each] for each in sorted(found)]


async def _items(session: AsyncSession, ours: Message) -> Sequence[Referral]:
    return await _of(session, Referral.id.in_(select(MessageItem.referral_id).where(MessageItem.message_id == ours.id)))


async def _of(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[Referral]:
    stmt = select(Referral).where(which, Referral.ever_sent | Referral.accepted_before)
    return (await session.scalars(in_teams(stmt, Referral, actor_of(session)).order_by(Referral.id))).all()
