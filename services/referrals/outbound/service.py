"""Reading of what was sent, and the code that opens the details behind a link."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS
from services.referrals.directory.contact import contact_of
from services.referrals.message import rules
from services.referrals.message.models import Message, MessageItem, ReplyGrant
from services.referrals.message.words import Kind, Status
from services.referrals.outbound import secrets
from services.referrals.referral.models import Referral
from shared import clock
from shared.access.scope import in_teams
from shared.db.session import actor_of
from shared.http.problems import conflict
from shared.practice.calendar import at_local, local_day


def listed(
    session: AsyncSession,
    agency_id: UUID | None,
    referral_id: UUID | None,
    kind: Kind | None,
    status: list[Status] | None,
    due: bool | None,
) -> Select[Message]:
    """Return the query for messages of the actor's teams, filtered; the caller pages it."""
    stmt = in_teams(select(Message), Message, actor_of(session))
    if agency_id is not None:
        stmt = stmt.where(Message.agency_id == agency_id)
    if referral_id is not None:
        about = select(MessageItem.message_id).where(MessageItem.referral_id == referral_id)
        stmt = stmt.where(Message.id.in_(about))
    if kind is not None:
        stmt = stmt.where(Message.kind == kind)
    if status:
        stmt = stmt.where(Message.status.in_(status))
    if due is not None:
        leaves = Message.status.in_((Status.WAITING, Status.SENDING)) & (Message.due_at <= clock.now())
        stmt = stmt.where(leaves if due else ~leaves)
    return stmt


async def items_of(session: AsyncSession, message_ids: list[UUID]) -> dict[UUID, list[tuple[MessageItem, str]]]:
    """Return the items of each message, with the references."""
    stmt = (
        select(MessageItem, Referral.reference)
        .join(Referral, Referral.id == MessageItem.referral_id)
        .where(MessageItem.message_id.in_(message_ids))
        .order_by(MessageItem.message_id, Referral.reference, MessageItem.clock)
    )
    found: dict[UUID, list[tuple[MessageItem, str]]] = {id: [] for id in message_ids}
    for item, reference in (await session.execute(stmt)).all():
        found[item.message_id].append((item, reference))
    return found


async def second_step(session: AsyncSession, referral: Referral) -> tuple[str, datetime, str | None]:
    """Return today's code, until when it opens, and the service's own number.

    Raise a 409 problem when no link is open.
    """
    now = clock.now()
    live = await session.scalar(
        select(
            exists().where(
                MessageItem.referral_id == referral.id,
                MessageItem.outcome == rules.INCLUDED,
                MessageItem.revoked_at.is_(None),
                ReplyGrant.message_id == MessageItem.message_id,
                ReplyGrant.revoked_at.is_(None),
                ReplyGrant.expires_at > now,
            )
        )
    )
    # An ended referral cannot be read, though its link stays open for an agency that ended it by mistake.
    if not live or referral.state in ENDINGS:
        raise conflict("The service has no open link to this referral.", rule="no_open_link")
    day = local_day(now)
    phone = (await contact_of(session, referral.service_id)).phone
    # Yesterday's code still opens: who rang in the evening may use it the next morning.
    return secrets.second_step(referral.id, day), at_local(day + timedelta(days=2), time(0)), phone
