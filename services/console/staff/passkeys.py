"""The public keys of passkeys, and the challenges they have signed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.staff.models import Passkey, SpentChallenge
from shared import clock
from shared.ids import new_id

MOST = 20


async def of_account(tx: AsyncSession, account_id: UUID) -> Sequence[Passkey]:
    """Return an account's passkeys, oldest first."""
    stmt = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.recorded_at, Passkey.id)
    return (await tx.scalars(stmt)).all()


async def by_credential(tx: AsyncSession, credential_id: bytes) -> Passkey | None:
    """Return the passkey that a device names, locked, so that requests update its counter one by one."""
    return await tx.scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())


async def keep(
    tx: AsyncSession, account_id: UUID, *, credential_id: bytes, public_key: bytes, sign_count: int, label: str
) -> Passkey:
    """Store a new passkey. Raises IntegrityError when the device is known already."""
    passkey = Passkey(
        id=new_id(),
        account_id=account_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        label=label,
        recorded_at=clock.real(),
    )
    tx.add(passkey)
    await tx.flush()
    return passkey


async def remove(tx: AsyncSession, account_id: UUID, passkey_id: UUID) -> None:
    """Remove a passkey of this account; nothing happens when it is gone already."""
    await tx.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id))


async def remove_all(tx: AsyncSession, account_id: UUID) -> None:
    """Remove every passkey of an account, whoever added it."""
    await tx.execute(delete(Passkey).where(Passkey.account_id == account_id))


async def spend(tx: AsyncSession, challenge: bytes, expires_at: datetime) -> bool:
    """Mark a challenge as used. Return False when it was used before, so that a copied signature is worthless."""
    done = await tx.execute(
        insert(SpentChallenge)
        .values(challenge=challenge, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(SpentChallenge.challenge)
    )
    return done.scalar_one_or_none() is not None
