"""Queueing messages, and closing links. Nothing leaves here: see `services.referrals.mailer`.

Locks are taken in one order everywhere: referrals by id, then the message, then its items.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import WithdrawReason
from services.referrals.directory.contact import contact_of
from services.referrals.message import rules
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import LEFT, PENDING, Kind, Status
from shared import clock
from shared.db.base import table_of
from shared.ids import new_id
from shared.practice.calendar import local_day, working_day_on_or_after

if TYPE_CHECKING:
    from services.referrals.referral.models import Referral

# Compiled at import, on the tables and not on the classes: steps of one instant run these by the hundred.
_LIST = insert(table_of(Message)).on_conflict_do_nothing()
# A shared lock: steps of one desk do not wait for each other, only for a mailer that is closing the list.
_LISTED = (
    select(Message.id, Message.status)
    .where(
        Message.agency_id == bindparam("agency"),
        Message.team_id == bindparam("team"),
        Message.practice_day == bindparam("day"),
        Message.kind == Kind.REMINDERS,
        Message.desk == bindparam("desk"),
    )
    .with_for_update(read=True)
)
_ITEM = insert(table_of(MessageItem))
# When a stage was left and entered again within a day, the list asks about the present stage.
_ITEM = _ITEM.on_conflict_do_update(
    index_elements=["message_id", "referral_id", "clock"], set_={"stage_entry": _ITEM.excluded.stage_entry}
)


async def queue_first(session: AsyncSession, referral: "Referral") -> UUID:
    """Queue the message that carries a referral to the service, due now; return its id.

    The referral is locked by the caller. Whether the message leaves by email or becomes a worker's call is decided when
    the mailer takes it, with intake's permit.
    """
    return await queue(session, Kind.FIRST, await _address(session, referral), [referral])


async def ask_again(session: AsyncSession, referral: "Referral") -> None:
    """Invalidate an answer of intake that is on its way to the waiting first message."""
    stmt = select(Message).where(Message.id == UUID(referral.send_request)).with_for_update()
    message = await session.scalar(stmt.execution_options(populate_existing=True))
    if message is not None and message.status in PENDING:
        message.touch()


async def first_that_left(session: AsyncSession, referral: "Referral") -> Message | None:
    """Return the first message of this round that may have left without a record of it; None when there is none."""
    stmt = (
        select(Message)
        .join(MessageItem, MessageItem.message_id == Message.id)
        .where(
            MessageItem.referral_id == referral.id,
            MessageItem.outcome == rules.INCLUDED,
            MessageItem.revoked_at.is_(None),
            Message.kind == Kind.FIRST,
            # An email that a report calls refused may have arrived all the same.
            Message.status.in_((Status.SENDING, Status.UNCLEAR))
            | ((Message.status == Status.WAITING) & Message.sent_at.is_not(None)),
        )
        .order_by(Message.recorded_at.desc())
        .limit(1)
    )
    return await session.scalar(stmt.with_for_update(of=Message))


async def keep_lists_off(session: AsyncSession) -> None:
    """Move waiting lists to their next working day after a change of bank holidays."""
    waiting = select(Message).where(
        Message.kind == Kind.REMINDERS, Message.status == Status.WAITING, Message.attempts == 0
    )
    for message in await session.scalars(waiting.with_for_update(skip_locked=True)):
        closes = rules.closes_at(working_day_on_or_after(message.practice_day))
        # A list that a step joined after its hour leaves immediately, on a working day.
        late = local_day(message.due_at) == message.practice_day and message.due_at > closes
        if message.due_at != closes and not late:
            message.due_at = closes


async def queue_reminder(session: AsyncSession, referral: "Referral", clock_key: str, at: datetime) -> None:
    """Add a step that asks the agency again (due `at`) to the day's list.

    Once that list has gone, the step joins the next working day's.
    """
    now = clock.now()
    day, desk = rules.list_day(max(at, now)), _desk(await _address(session, referral))
    while True:
        closes = max(rules.closes_at(day), now)
        made = {
            "id": new_id(),
            "team_id": referral.team_id,
            "recorded_at": now,
            "agency_id": referral.agency_id,
            "desk": desk,
            "kind": Kind.REMINDERS,
            "practice_day": day,
            "status": Status.WAITING,
            "due_at": closes,
            "attempts": 0,
            "version": 1,
        }
        this = {"agency": referral.agency_id, "team": referral.team_id, "day": day, "desk": desk}
        message = (await session.execute(_LISTED, this)).first()
        if message is None:
            await session.execute(_LIST, made)
            message = (await session.execute(_LISTED, this)).first()
        if message is not None and message.status == Status.WAITING:
            break
        day = rules.following(day)
    item = {
        "id": new_id(),
        "team_id": referral.team_id,
        "recorded_at": now,
        "message_id": message.id,
        "referral_id": referral.id,
        "stage_entry": referral.stage_entry,
        "clock": clock_key,
    }
    await session.execute(_ITEM, item)


async def revoke(session: AsyncSession, referral: "Referral", tell_agency: bool) -> None:
    """Close every link to a referral; with `tell_agency`, queue the notice that it is over, where it was disclosed.

    The notice gives no reason. It is never queued after a death, nor after a no to *us*: an agency may still be one
    that the person wants. The referral is locked by the caller and has entered its ending.
    """
    now = clock.now()
    told = tell_agency and await _may_know(session, referral)
    await session.execute(
        update(MessageItem)
        .where(MessageItem.referral_id == referral.id, MessageItem.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    if told and referral.ended_reason != WithdrawReason.DIED:
        await queue(session, Kind.NO_CONTACT, await _address(session, referral), [referral])


async def _may_know(session: AsyncSession, referral: "Referral") -> bool:
    """Return whether the referral may have been disclosed to the agency in this round."""
    return referral.ever_sent or await has_left(session, referral.id)


async def has_left(session: AsyncSession, referral_id: UUID) -> bool:
    """Return whether a message that discloses the referral has left in this round, or may have."""
    left = exists().where(
        MessageItem.referral_id == referral_id,
        MessageItem.outcome == rules.INCLUDED,
        MessageItem.message_id == Message.id,
        Message.status.in_(sorted(LEFT)),
        Message.kind != Kind.NO_CONTACT,
        MessageItem.revoked_at.is_(None),
    )
    return bool(await session.scalar(select(left)))


async def queue_again(session: AsyncSession, kind: Kind, referral: "Referral", clock_key: str) -> None:
    """Queue for the referral's own address what a message may not say at its address: a list goes to one desk."""
    if kind is Kind.REMINDERS:
        await queue_reminder(session, referral, clock_key, clock.now())
    else:
        await queue(session, kind, await _address(session, referral), [referral])


async def queue(session: AsyncSession, kind: Kind, address: str | None, referrals: "Sequence[Referral]") -> UUID:
    """Queue a message about these referrals to one address, due now; return its id."""
    now = clock.now()
    message = Message(
        team_id=referrals[0].team_id,
        agency_id=referrals[0].agency_id,
        desk=_desk(address),
        kind=kind,
        practice_day=local_day(now),
        status=Status.WAITING,
        due_at=now,
    )
    session.add(message)
    await session.flush()
    for referral in referrals:
        session.add(
            MessageItem(
                team_id=referral.team_id,
                message_id=message.id,
                referral_id=referral.id,
                stage_entry=referral.stage_entry,
            )
        )
    await session.flush()
    return message.id


async def _address(session: AsyncSession, referral: "Referral") -> str | None:
    return (await contact_of(session, referral.service_id)).email


def _desk(address: str | None) -> str:
    return (address or "").lower()
