"""One-time links: for the first administrator, and for a new colleague to choose a password."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.staff.models import Account, Invitation
from shared import clock
from shared.access.roles import Role

LASTS = timedelta(days=3)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def invite(tx: AsyncSession, account_id: UUID | None) -> str:
    """Make a link for an account (None: the first administrator), void the earlier one, and return its token.

    Of two that are made at once the later one alone opens anything: who comes second waits for the first.
    """
    await _turn(tx, account_id)
    await tx.execute(delete(Invitation).where(Invitation.account_id.is_not_distinct_from(account_id)))
    token = secrets.token_urlsafe(32)
    tx.add(Invitation(token_hash=hash_of(token), account_id=account_id, expires_at=clock.real() + LASTS))
    await tx.flush()
    return token


async def find(tx: AsyncSession, token: str, *, lock: bool = False) -> Invitation | None:
    """Return the invitation of a link still usable. `lock` it before use: two presses then open one account."""
    stmt = select(Invitation).where(
        Invitation.token_hash == hash_of(token), Invitation.used_at.is_(None), Invitation.expires_at > clock.real()
    )
    found = await tx.scalar(stmt)
    if found is None or not lock:
        return found
    await _turn(tx, found.account_id)
    return await tx.scalar(stmt.with_for_update())


# Stands for the account that is not there yet.
_FIRST_ADMIN = 0x616C6F6E67


async def _turn(tx: AsyncSession, account_id: UUID | None) -> None:
    """Wait for whoever makes or uses a link of this account: the account is locked, always before its links."""
    if account_id is None:
        await tx.execute(select(func.pg_advisory_xact_lock(_FIRST_ADMIN)))
    else:
        await tx.execute(select(Account.id).where(Account.id == account_id).with_for_update())


async def use(tx: AsyncSession, token: str) -> None:
    """Use a link up: it opens nothing any more."""
    await tx.execute(update(Invitation).where(Invitation.token_hash == hash_of(token)).values(used_at=clock.real()))


async def needs_first_admin(tx: AsyncSession) -> bool:
    """Return True until there is an administrator who can sign in."""
    able = select(func.count()).where(Account.role == Role.ADMIN.value, Account.disabled_at.is_(None))
    return not await tx.scalar(able)
