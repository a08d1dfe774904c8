"""Fresh links: for who asks for one, and for a service whose address has changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import State
from services.referrals.directory.contact import contacts_of
from services.referrals.message import rules
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.service import queue
from services.referrals.message.words import Kind, Status
from services.referrals.referral.models import Referral
from shared import clock


async def queue_fresh_link(session: AsyncSession, referral_ids: Sequence[UUID]) -> bool:
    """Queue a new link to the address on record of each referral; return False when none has one.

    A fresh link that waits already is enough.
    """
    rows = (
        await session.scalars(
            select(Referral).where(Referral.id.in_(referral_ids)).order_by(Referral.id).with_for_update()
        )
    ).all()
    contacts = await contacts_of(session, (row.service_id for row in rows))
    desks: dict[str, list[Referral]] = {}
    for row in rows:
        contact = contacts.get(row.service_id)
        if contact is not None and contact.email is not None:
            desks.setdefault(contact.email, []).append(row)
    for address, theirs in desks.items():
        waits = exists().where(
            Message.kind == Kind.FRESH_LINK,
            Message.status == Status.WAITING,
            MessageItem.message_id == Message.id,
            MessageItem.referral_id == theirs[0].id,
        )
        if not await session.scalar(select(waits)):
            await queue(session, Kind.FRESH_LINK, address, theirs)
    return bool(desks)


async def address_changed(session: AsyncSession, referrals: Sequence[Referral]) -> None:
    """Close links that went to an address which is no longer the service's, and queue a fresh one for the new address.

    A fresh link is queued only where a link was still open. The referrals are locked by the caller.
    """
    contacts = await contacts_of(session, (row.service_id for row in referrals))
    again: list[UUID] = []
    for row in referrals:
        address = contacts[row.service_id].email or ""
        elsewhere = select(Message.id).where(func.lower(Message.address) != address.lower())
        closed = await session.scalars(
            update(MessageItem)
            .where(MessageItem.referral_id == row.id, MessageItem.revoked_at.is_(None))
            .where(MessageItem.outcome == rules.INCLUDED, MessageItem.message_id.in_(elsewhere))
            .values(revoked_at=clock.now())
            .returning(MessageItem.referral_id)
            .execution_options(synchronize_session=False)
        )
        if closed.all() and row.state not in (State.UNDELIVERABLE, State.DRAFT, State.AWAITING_CONSENT):
            again.append(row.id)
    if again:
        await queue_fresh_link(session, again)
