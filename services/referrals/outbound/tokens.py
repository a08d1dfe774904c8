"""Finding what an agency's link or typed code opens."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS
from services.referrals.message import models as tables
from services.referrals.message import rules
from services.referrals.outbound import links, secrets
from services.referrals.referral.models import Referral
from shared import clock
from shared.practice.calendar import local_day
from shared.references import as_meant

LIVES = timedelta(days=30)


@dataclass(frozen=True)
class ReplyGrant:
    """A reply grant. `referral_ids`: those it still serves; once none is left the grant is revoked.

    `ended_ids`: the referrals that it no longer serves.
    """

    grant_id: UUID
    referral_ids: tuple[UUID, ...]
    agency_id: UUID
    team_id: UUID
    state: Literal["live", "expired", "revoked"]
    channel: Literal["link", "code"]
    ended_ids: tuple[UUID, ...] = ()


async def find(session: AsyncSession, given: str) -> ReplyGrant | None:
    """Return the grant of a token or a code as somebody typed it; None when there is none.

    The lookup is by keyed hash, so its duration reveals nothing about how close a guess was.
    """
    given = given.strip()
    channel: Literal["link", "code"] = "link"
    hashed = secrets.token_hash(given)
    column = tables.ReplyGrant.token_hash
    if hashed is None:
        channel, hashed, column = "code", secrets.code_hash(given), tables.ReplyGrant.code_hash
    if hashed is None:
        return None
    row = await session.scalar(select(tables.ReplyGrant).where(column == hashed))
    if row is None:
        return None
    found = await session.execute(
        select(tables.MessageItem.referral_id, Referral.state, tables.MessageItem.revoked_at.is_(None))
        .join(Referral, Referral.id == tables.MessageItem.referral_id)
        .where(
            tables.MessageItem.message_id == row.message_id,
            tables.MessageItem.outcome == rules.INCLUDED,
        )
        .distinct()
        .order_by(tables.MessageItem.referral_id)
    )
    items = found.all()
    states = {referral_id: state for referral_id, state, serves in items if serves}
    open_ids = tuple(states)
    ended_ids = tuple(referral_id for referral_id, _, _ in items if referral_id not in states)
    state: Literal["live", "expired", "revoked"] = "live"
    if row.revoked_at is not None or not open_ids:
        state = "revoked"
    elif row.expires_at <= clock.now():
        # An agency may take back an ending of its own by the link that it has; no fresh link is given for that.
        state = "revoked" if set(states.values()) <= ENDINGS else "expired"
    return ReplyGrant(row.id, open_ids, row.agency_id, row.team_id, state, channel, ended_ids)


async def check_second_step(session: AsyncSession, grant: ReplyGrant, typed: str) -> bool:
    """Return whether this is the code that a worker reads out today or read out yesterday.

    The caller limits the guesses.
    """
    meant = as_meant(typed, secrets.SECOND_STEP_LENGTH)
    if meant is None or grant.state != "live":
        return False
    today = local_day(clock.now())
    right = False
    for referral_id in grant.referral_ids:
        for day in (today, today - timedelta(days=1)):
            right |= hmac.compare_digest(secrets.second_step(referral_id, day), meant)
    return right


async def send_fresh(session: AsyncSession, grant: ReplyGrant) -> bool:
    """Queue a fresh link to the address on record for this grant's referrals; return False when there is no address."""
    return await links.queue_fresh_link(session, grant.referral_ids)
