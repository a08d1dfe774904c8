"""The result of a message that the mailer took: sent, delayed, or refused by its address or by their system.

Every function here is the work of one short transaction. Locks: referrals by id, then the message.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.message import rules
from services.referrals.message.models import Message
from services.referrals.message.rules import DROPPED, INCLUDED
from services.referrals.message.words import PENDING, Kind, Status
from services.referrals.outbound.closing import LAPSED, REFUSED, SENT, items_of, lock, locked
from services.referrals.outbound.refusals import Fault, Trouble
from services.referrals.referral import dispatch
from services.referrals.referral.position import Position
from services.referrals.referral.transitions import Attribution
from shared import clock, log
from shared.events.referrals import MessageSent
from shared.outbox.emit import emit
from shared.permits import Permit

_ONE_BY_ONE = 7_236_771  # an advisory lock of this module


def tell_operator(trouble: Trouble, message_id: UUID, *, news: bool) -> None:
    """Log why emails do not leave, once for each trouble (`news`), however many messages wait for the same reason."""
    if news:
        log.get(part="mailer").error("emails do not leave", reason=trouble, message_id=message_id)


async def sent(
    session: AsyncSession, message_id: UUID, act: Attribution | None = None, *, status: Status = Status.SENT
) -> None:
    """Record that the agency was told, by this message or (`called`) by a worker's call.

    The referral of a first message is sent from now on. What intake is to record is written in the same transaction;
    the disclosure is confirmed from these rows.
    """
    items = await items_of(session, message_id)
    positions = await lock(session, {item.referral_id for item in items})
    message = await locked(session, message_id)
    if message is None or message.status not in (*PENDING, Status.UNCLEAR, Status.TO_CALL):
        return
    now = clock.now()
    message.status, message.sent_at, message.why = status, act.at if act else now, None
    message.not_before = message.failing_since = None
    included = [each for each in await items_of(session, message_id) if each.outcome == INCLUDED]
    for item in included:
        if item.permit_id is not None:
            item.permit_outcome, item.confirmed_at = SENT, None
        position = positions[item.referral_id]
        if message.kind == Kind.FIRST and await dispatch.mark_sent(session, position, message_id, act):
            item.stage_entry = position.referral.stage_entry
    event = MessageSent(
        version=message.touch(),
        occurred_at=now,
        message_id=message.id,
        agency_id=message.agency_id,
        team_id=message.team_id,
        referral_ids=sorted({item.referral_id for item in included if item.why is None}),
    )
    await emit(session, event, aggregate=message.id)


async def called(session: AsyncSession, position: Position, permit: Permit, act: Attribution) -> None:
    """Record that a worker told the service by phone what intake permits."""
    message_id = UUID(position.referral.send_request)
    dispatch.permitted(position.referral, permit)
    for item in await items_of(session, message_id):
        item.outcome, item.why, item.permit_outcome, item.confirmed_at = INCLUDED, None, None, None
        item.permit_id = UUID(permit.permit_id) if permit.permit_id else None
    await session.flush()
    await sent(session, message_id, act, status=Status.CALLED)


async def not_sent(session: AsyncSession, message_id: UUID, trouble: Trouble, *, perhaps: bool) -> bool:
    """Record that the message did not leave, or perhaps did: it is tried later with the same id and the same link.

    Return True when this trouble is new: no other message waits for the same reason.
    """
    positions = await lock(session, {item.referral_id for item in await items_of(session, message_id)})
    message = await locked(session, message_id)
    if message is None or message.status not in PENDING:
        return False
    known = await _known(session, trouble)
    if message.status == Status.WAITING:
        message.attempts += 1  # not even the connection could be opened
    elif not perhaps:
        message.status = Status.WAITING  # nothing has left: referrals may still join the list
        for item in await items_of(session, message_id):
            if item.permit_id is not None:
                item.permit_outcome, item.confirmed_at = LAPSED, None
    message.not_before = clock.now() + rules.next_try(message.attempts)
    message.why, message.failing_since = trouble, message.failing_since or clock.now()
    message.touch()
    await _record_delay(session, message, positions, trouble)
    return not known


async def refused_us(session: AsyncSession, message_id: UUID, trouble: Trouble) -> tuple[list[UUID], bool]:
    """Record a report that their system refused us: the same message waits and is sent again, once.

    Its next try asks for a new permit and is dropped when nothing of it is wanted any more. Return the referrals of the
    message (none when it waits already, as for a report that came twice) and whether this trouble is new.
    """
    about = {item.referral_id for item in await items_of(session, message_id) if item.outcome == INCLUDED}
    positions = await lock(session, about)
    message = await locked(session, message_id)
    if message is None or message.status not in (Status.SENT, Status.UNCLEAR):
        return [], False
    known = await _known(session, trouble)
    for item in await items_of(session, message_id):
        position = positions.get(item.referral_id)
        if position is None or position.referral.stage_entry != item.stage_entry or message.kind != Kind.FIRST:
            continue
        if await dispatch.sent_back(session, position, message_id, trouble):
            item.stage_entry = position.referral.stage_entry
    now = clock.now()
    message.status, message.why, message.failing_since = Status.WAITING, trouble, now
    message.not_before = now + rules.next_try_after_report(message.attempts)
    message.touch()
    return sorted(about), not known


async def try_now(session: AsyncSession, teams: Sequence[UUID] | None) -> int:
    """Make the messages that wait for a trouble of ours due now: somebody has mended it. Return how many."""
    waits = (Message.status == Status.WAITING, Message.failing_since.is_not(None), Message.not_before > clock.now())
    ours = [] if teams is None else [Message.team_id.in_(teams)]
    stmt = update(Message).where(*waits, *ours).values(not_before=None).returning(Message.id)
    return len((await session.scalars(stmt.execution_options(synchronize_session=False))).all())


async def unasked(session: AsyncSession, message_id: UUID) -> bool:
    """Record that intake did not answer: the message is tried again as soon as intake answers.

    Return True when this trouble is new.
    """
    positions = await lock(session, {item.referral_id for item in await items_of(session, message_id)})
    message = await locked(session, message_id)
    if message is None or message.status not in PENDING or message.why == Trouble.INTAKE_AWAY:
        return False
    known = await _known(session, Trouble.INTAKE_AWAY)
    message.why, message.failing_since = Trouble.INTAKE_AWAY, message.failing_since or clock.now()
    await _record_delay(session, message, positions, Trouble.INTAKE_AWAY)
    return not known


async def _known(session: AsyncSession, trouble: Trouble) -> bool:
    # Serialised, so that of several messages that fail in one instant only one counts as new.
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_BY_ONE)))
    waits = exists().where(Message.status.in_(sorted(PENDING)), Message.failing_since.is_not(None))
    return bool(await session.scalar(select(waits.where(Message.why == trouble))))


async def _record_delay(
    session: AsyncSession, message: Message, positions: Mapping[UUID, Position], trouble: Trouble
) -> None:
    for position in positions.values():
        if message.kind == Kind.FIRST and dispatch.ordered(position.referral, message.id):
            await dispatch.waits(session, position, trouble)


async def refused(session: AsyncSession, message_id: UUID, fault: Fault, *, perhaps: bool) -> None:
    """Record that the address refuses the message.

    Nobody read a first message, unless an earlier try may have left.
    """
    items = await items_of(session, message_id)
    positions = await lock(session, {item.referral_id for item in items})
    message = await locked(session, message_id)
    if message is None or message.status not in PENDING:
        return
    for item in await items_of(session, message_id):
        if item.outcome != INCLUDED:
            continue
        if item.permit_id is not None:
            item.permit_outcome, item.confirmed_at = SENT if perhaps else LAPSED, None
        if message.kind != Kind.FIRST:
            continue
        if not perhaps:
            item.outcome, item.why = DROPPED, REFUSED
        position = positions[item.referral_id]
        if await dispatch.refused_by_address(session, position, message_id, fault):
            item.stage_entry = position.referral.stage_entry
            position.referral.ever_sent = position.referral.ever_sent or perhaps
    message.failing_since = None
