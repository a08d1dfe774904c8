"""Closing one message: under lock, what is still wanted and permitted is included, the rest is dropped.

Every function here is the work of one short transaction. Locks: referrals by id, then the message.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS, State
from services.referrals.directory import plain
from services.referrals.directory.contact import contacts_of
from services.referrals.message import rules, service
from services.referrals.message.models import Message, MessageItem, ReplyGrant
from services.referrals.message.rules import DROPPED, INCLUDED, Standing
from services.referrals.message.words import LEFT, PENDING, Kind, Status
from services.referrals.outbound import letters, secrets, text, tokens
from services.referrals.outbound.transport import domain_of
from services.referrals.referral import dispatch, feedback_permissions, mail_effects
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position, load, may_say_attendance
from shared import clock
from shared.ids import new_id
from shared.permits import Permit
from shared.settings import Settings

SENT, LAPSED = "sent", "lapsed"

# A permit older than this (real time) is requested again: a withdrawal is never overtaken by more than this.
FRESH_SECONDS = 30.0
# `ANOTHER_ADDRESS`: the service of this referral now has another address than the rest of the message, so the item is
# queued again for that address.
NO_ADDRESS, ANOTHER_ADDRESS, REFUSED = "no_address", "another_address", "refused"


@dataclass(frozen=True)
class Granted:
    """Intake's answer about one referral and when it came (monotonic seconds)."""

    permit: Permit
    at: float

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self.at < FRESH_SECONDS


@dataclass(frozen=True)
class Ready:
    """`sending` is committed: send exactly this. `perhaps`: an earlier try may have left already.

    `untold`: referrals that may not be disclosed at their new address.
    """

    mail: EmailMessage
    recipient: str
    name: str
    perhaps: bool
    untold: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Settled:
    """Nothing is to be sent now. `unsent`: a notice that the agency needs cannot be sent. `untold` as in `Ready`."""

    status: str
    unsent: bool = False
    untold: tuple[UUID, ...] = ()


class Again(Exception):
    """Raised when something changed since intake was asked: start over."""


@dataclass(frozen=True)
class Wanted:
    """What a message needs before it may leave: a permit for each referral, and a connection if it is `addressed`.

    `new_there`: referrals of which nothing was ever disclosed at their present address. Any message about them there is
    a new disclosure, whatever the message is for.
    """

    kind: Kind
    version: int
    addressed: bool
    referrals: list[Referral]
    new_there: frozenset[UUID] = frozenset()


async def wanted(session: AsyncSession, message_id: UUID) -> Wanted | None:
    """Return what to ask intake for, without locking anything; None when the message is done."""
    message = await session.get(Message, message_id)
    if message is None or message.status not in PENDING:
        return None
    found: dict[UUID, Referral] = {}
    for item in await items_of(session, message_id):
        referral = await session.get(Referral, item.referral_id)
        if referral is not None and _unwanted(message, item, await load(session, referral)) is None:
            found[referral.id] = referral
    addresses = await _addresses(session, list(found.values()))
    new_there = await _new_there(session, message, addresses)
    return Wanted(Kind(message.kind), message.version, any(addresses.values()), list(found.values()), new_there)


async def close(
    session: AsyncSession, settings: Settings, message_id: UUID, asked: Wanted, granted: Mapping[UUID, Granted]
) -> Ready | Settled:
    """Decide under lock what leaves, and write `sending` before it does. Raise Again."""
    ids = {item.referral_id for item in await items_of(session, message_id)}
    positions = await lock(session, ids)
    message = await locked(session, message_id)
    items = await items_of(session, message_id)
    if message is None or message.status not in PENDING:
        return Settled("done")
    if not {item.referral_id for item in items} <= positions.keys():
        raise Again
    first = message.kind == Kind.FIRST
    if first and message.version != asked.version:
        raise Again  # intake was asked before a newer consent
    await _apply_permits(session, message, positions, granted)
    reasons = {item.id: _reason(message, item, positions[item.referral_id], granted) for item in items}
    addresses = await _addresses(session, [each.referral for each in positions.values()])
    address = rules.one_address(message.desk, [addresses[item.referral_id] for item in items if not reasons[item.id]])
    if address is not None and not asked.addressed:
        raise Again  # no connection was opened
    new_there = await _new_there(session, message, addresses)
    if not new_there & granted.keys() <= asked.new_there:
        raise Again  # the address has changed since intake was asked
    for item in items:
        its = addresses[item.referral_id]
        reason = reasons[item.id] or (NO_ADDRESS if its is None else ANOTHER_ADDRESS if its != address else None)
        _settle(message, item, reason, granted)
        if reason == ANOTHER_ADDRESS:
            await service.queue_again(session, Kind(message.kind), positions[item.referral_id].referral, item.clock)
    included = [item for item in items if item.outcome == INCLUDED and item.why is None]
    untold = tuple(sorted({item.referral_id for item in items if _untold(item, new_there, granted)}))
    message.touch()
    if not included or address is None:
        # What was being sent when a process died may have left; that cannot be undone.
        message.why = next((item.why for item in items if item.why), "empty")
        message.status = Status.UNCLEAR if message.status == Status.SENDING else Status.VOID
        message.failing_since = None
        if first:
            await _settle_first_not_sent(session, message, positions[items[0].referral_id], granted)
        # The agency holds what was disclosed of the person: a worker must tell it to leave the person alone.
        unsent = message.kind == Kind.NO_CONTACT and message.why == NO_ADDRESS
        return Settled(message.status, unsent, untold)
    ready = await _compose(session, settings, message, address, [positions[item.referral_id] for item in included])
    return replace(ready, untold=untold)


async def _apply_permits(
    session: AsyncSession, message: Message, positions: Mapping[UUID, Position], granted: Mapping[UUID, Granted]
) -> None:
    """Record what the permits allow the service to tell us: nothing is asked that it may not answer."""
    for referral_id, position in positions.items():
        answer = granted.get(referral_id)
        if answer is None or not answer.permit.granted or State(position.referral.state) in ENDINGS:
            continue
        if message.kind == Kind.FIRST:
            dispatch.permitted(position.referral, answer.permit)
        else:
            await feedback_permissions.agreed(
                session, position, answer.permit.may_tell_us, answer.permit.person_version
            )


async def _settle_first_not_sent(
    session: AsyncSession, message: Message, position: Position, granted: Mapping[UUID, Granted]
) -> None:
    """Settle a first message that does not leave: a worker rings, it waits for consent, or it is no longer wanted."""
    row = position.referral
    if not dispatch.ordered(row, message.id):
        return
    permit = granted[row.id].permit
    if message.status == Status.UNCLEAR and not dispatch.ends(permit):
        # The email may have left, and intake records a disclosure: so the referral is sent, and its clock runs.
        await dispatch.mark_sent(session, position, message.id)
    elif permit.granted:
        message.status = Status.TO_CALL
        await dispatch.needs_call(session, position)
    else:
        await dispatch.refused(session, position, permit)


async def _addresses(session: AsyncSession, referrals: Sequence[Referral]) -> dict[UUID, str | None]:
    """Return the address to which each referral is written.

    The directory stores one plain address; it is validated again, because it goes into a header.
    """
    contacts = await contacts_of(session, (each.service_id for each in referrals))
    of = {each.id: contacts.get(each.service_id) for each in referrals}
    return {id: plain.email(contact.email) if contact else None for id, contact in of.items()}


async def _new_there(session: AsyncSession, message: Message, addresses: Mapping[UUID, str | None]) -> frozenset[UUID]:
    """Return the referrals of which no other message has left for their present address."""
    if message.kind not in (Kind.REMINDERS, Kind.FRESH_LINK):
        return frozenset()
    stmt = (
        select(MessageItem.referral_id, func.lower(Message.address))
        .join(Message, Message.id == MessageItem.message_id)
        .where(MessageItem.referral_id.in_(addresses), MessageItem.outcome == INCLUDED, Message.id != message.id)
        .where(Message.status.in_(sorted(LEFT)), Message.kind != Kind.NO_CONTACT)
    )
    told = {(row[0], row[1]) for row in await session.execute(stmt)}
    return frozenset(id for id, its in addresses.items() if its is not None and (id, its.lower()) not in told)


def _untold(item: MessageItem, new_there: Collection[UUID], granted: Mapping[UUID, Granted]) -> bool:
    """Return whether a worker must know that a referral may not be disclosed at its new address.

    An ending is reported by other means.
    """
    answer = granted.get(item.referral_id)
    refused = answer is not None and not answer.permit.granted and not dispatch.ends(answer.permit)
    return refused and item.referral_id in new_there and item.outcome == DROPPED


def _reason(
    message: Message,
    item: MessageItem,
    position: Position,
    granted: Mapping[UUID, Granted],
) -> str | None:
    reason = _unwanted(message, item, position)
    if reason is not None:
        return reason
    answer = granted.get(item.referral_id)
    if answer is None or not answer.fresh:
        raise Again
    expires = answer.permit.expires_at
    if answer.permit.granted and expires is not None and clock.now() >= expires:
        raise Again
    return None if answer.permit.granted else answer.permit.why or "not_permitted"


def _settle(message: Message, item: MessageItem, reason: str | None, granted: Mapping[UUID, Granted]) -> None:
    answer = granted.get(item.referral_id)
    if message.status == Status.SENDING and item.outcome == INCLUDED and reason is not None:
        # The earlier try may have disclosed the referral: intake records a disclosure, since the person has a right to
        # know.
        item.why, item.permit_outcome, item.confirmed_at = reason, SENT, None
        return
    if answer is not None and answer.permit.permit_id is not None:
        item.permit_id, item.permit_outcome, item.confirmed_at = UUID(answer.permit.permit_id), None, None
    item.outcome, item.why = (INCLUDED, None) if reason is None else (DROPPED, reason)
    if reason is not None and item.permit_id is not None:
        item.permit_outcome = LAPSED


async def _compose(
    session: AsyncSession, settings: Settings, message: Message, address: str, positions: Sequence[Position]
) -> Ready:
    now = clock.now()
    letter = await letters.letter(session, settings, Kind(message.kind), positions)
    header_id = message.header_id or f"<{message.id}@{domain_of(settings.mail_from)}>"
    subject, perhaps = text.subject(letter), message.status == Status.SENDING
    # `why` and `failing_since` stay until the message has left.
    message.status, message.address, message.header_id = Status.SENDING, address, header_id
    message.attempts += 1
    message.subject, message.body = subject, text.body(letter)
    link, code = "", ""
    if message.kind != Kind.NO_CONTACT:
        token, code = secrets.token(message.id), secrets.code(message.id)
        link = text.link(settings.reply_base_url, token)
        await _grant(session, message, token, code)
    reply_to, automatic = settings.reply_to or settings.mail_from, message.kind != Kind.FIRST
    sender = text.sender(settings.mail_from, settings.organisation_name)
    envelope = text.Envelope(sender, address, reply_to, header_id, now, automatic)
    mail = text.mime(envelope, subject, text.body(letter, link, code))
    return Ready(mail, address, str(message.id), perhaps)


async def _grant(session: AsyncSession, message: Message, token: str, code: str) -> None:
    now = clock.now()
    grant = {
        "id": new_id(),
        "team_id": message.team_id,
        "recorded_at": now,
        "message_id": message.id,
        "agency_id": message.agency_id,
        "token_hash": secrets.token_hash(token),
        "code_hash": secrets.code_hash(code),
        "expires_at": now + tokens.LIVES,
    }
    later = {"expires_at": grant["expires_at"]}
    await session.execute(
        insert(ReplyGrant).values(grant).on_conflict_do_update(index_elements=["message_id"], set_=later)
    )


async def bounced(session: AsyncSession, message_id: UUID, why: str, fault: str) -> list[UUID]:
    """Mark a message as bounced: a referral that waits on just this message becomes undeliverable.

    Return the referrals of the message; none when the bounce was known already.
    """
    items = await items_of(session, message_id)
    entries = {item.referral_id: item.stage_entry for item in items if item.outcome == INCLUDED}
    positions = await lock(session, set(entries))
    message = await locked(session, message_id)
    if message is None or message.status in (Status.BOUNCED, Status.VOID):
        return []
    for referral_id in sorted(entries):
        if positions[referral_id].referral.stage_entry == entries[referral_id]:
            await mail_effects.bounced(session, referral_id, clock.now(), fault)
    for item in await items_of(session, message_id):
        if item.outcome == INCLUDED and item.permit_id is not None and item.permit_outcome is None:
            item.permit_outcome = LAPSED
    message.status, message.why = Status.BOUNCED, why
    message.touch()
    return sorted(entries)


def _unwanted(message: Message, item: MessageItem, position: Position) -> str | None:
    row = position.referral
    opening = position.ladder.opening(item.clock)
    now = Standing(
        state=State(row.state),
        stage_entry=row.stage_entry,
        entry=item.stage_entry,
        ordered=dispatch.ordered(row, message.id),
        clock_runs=opening is not None,
        may_say=opening is None or opening.rule.get("else_whose") is None or may_say_attendance(row),
        paused=row.paused_since is not None,
        acknowledged=row.silent_until is not None and row.silent_until > clock.now(),
        held=position.held,
    )
    return rules.unwanted(Kind(message.kind), now)


async def lock(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Position]:
    """Lock these referrals, in the same order everywhere."""
    rows = await session.scalars(
        select(Referral)
        .where(Referral.id.in_(ids))
        .order_by(Referral.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: await load(session, row) for row in rows.all()}


async def locked(session: AsyncSession, message_id: UUID) -> Message | None:
    """Lock and return the message; its referrals are locked before it."""
    stmt = select(Message).where(Message.id == message_id).with_for_update()
    return await session.scalar(stmt.execution_options(populate_existing=True))


async def items_of(session: AsyncSession, message_id: UUID) -> Sequence[MessageItem]:
    """Return the items of a message, read anew."""
    stmt = select(MessageItem).where(MessageItem.message_id == message_id).order_by(MessageItem.id)
    return (await session.scalars(stmt.execution_options(populate_existing=True))).all()
