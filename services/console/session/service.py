"""Opening, finding, unlocking and ending sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.session.rules import MOST, TOUCH_EVERY, Standing, Times, standing
from services.console.staff import service as staff
from services.console.staff.models import Account, Session, SpentChallenge
from shared import clock
from shared.access.roles import Role

TOKEN_BYTES = 32


@dataclass(frozen=True)
class SignedIn:
    """The account of a request, and what its session allows now."""

    account_id: UUID
    name: str
    role: Role
    teams: tuple[UUID, ...]
    standing: Standing
    # When they signed in; unlocking does not change it.
    started_at: datetime


def hash_of(token: str) -> bytes:
    """Return the hash under which a token is stored. A token is random and long, so one plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


async def find(tx: AsyncSession, token: str, *, quiet: bool = False) -> SignedIn | None:
    """Return the session of a cookie; None for one that does not exist, is over, or belongs to a disabled account.

    A `quiet` request is one that the browser sends by itself: it does not extend the idle time.
    """
    row = (
        await tx.execute(
            select(Session, Account)
            .join(Account, Account.id == Session.account_id)
            .where(Session.token_hash == hash_of(token), Account.disabled_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    found, account = row
    now = clock.real()
    stands = standing(Times(found.seen_at, found.ends_at), now)
    if stands is Standing.OVER:
        return None
    if not quiet and stands is Standing.OPEN and now - found.seen_at > TOUCH_EVERY:
        await tx.execute(update(Session).where(Session.token_hash == found.token_hash).values(seen_at=now))
    teams = await staff.teams_of(tx, account.id)
    return SignedIn(account.id, account.name, Role(account.role), teams, stands, found.started_at)


async def begin(tx: AsyncSession, account_id: UUID, replaces: str | None = None) -> str:
    """Begin a session under a new token, end the one that the browser had before, and return the token."""
    if replaces:
        await end(tx, replaces)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.real()
    tx.add(Session(token_hash=hash_of(token), account_id=account_id, started_at=now, seen_at=now, ends_at=now + MOST))
    await tx.flush()
    return token


async def unlock(tx: AsyncSession, token: str) -> None:
    """Start the idle time again, after the holder has proved their identity; the twelve hours go on."""
    await tx.execute(update(Session).where(Session.token_hash == hash_of(token)).values(seen_at=clock.real()))


async def end(tx: AsyncSession, token: str) -> None:
    """End a session: its cookie is worthless from now on, wherever a copy may be."""
    await tx.execute(delete(Session).where(Session.token_hash == hash_of(token)))


async def end_all(tx: AsyncSession, account_id: UUID) -> None:
    """End every session of an account."""
    await tx.execute(delete(Session).where(Session.account_id == account_id))


async def purge(tx: AsyncSession) -> None:
    """Delete sessions that are over, and challenges that have expired."""
    now = clock.real()
    await tx.execute(delete(Session).where(Session.ends_at < now))
    await tx.execute(delete(SpentChallenge).where(SpentChallenge.expires_at < now))
