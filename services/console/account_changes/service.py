"""Recording acts on accounts, and listing them for holders and guardians."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.account_changes.models import AccountChange, AccountChangesRead
from services.console.staff.models import Account, AccountTeam
from shared import clock
from shared.ids import new_id

MOST = 200


@dataclass(frozen=True)
class Shown:
    """One act as pages show it: whose account, what, by whom, when, and whether it is new to the reader."""

    account: Account
    what: str
    by: str
    at: datetime
    new: bool


def record(tx: AsyncSession, account_id: UUID, what: str, by: UUID | None, *, holder_knows: bool = False) -> None:
    """Record one act in the transaction that carries it out.

    `by` is empty when nobody knows who used a link. With `holder_knows` the act counts as read by the holder, because
    it belongs to opening the account.
    """
    now = clock.real()
    read_at = now if holder_knows else None
    tx.add(AccountChange(id=new_id(), account_id=account_id, what=what, by=by, at=now, read_by_holder_at=read_at))


async def unread_by_holder(tx: AsyncSession, account_id: UUID) -> Sequence[AccountChange]:
    """List the acts on an account that its holder has not marked as read, newest first."""
    stmt = select(AccountChange).where(
        AccountChange.account_id == account_id, AccountChange.read_by_holder_at.is_(None)
    )
    return (await tx.scalars(stmt.order_by(AccountChange.at.desc(), AccountChange.id.desc()).limit(MOST))).all()


async def read_by_holder(tx: AsyncSession, account_id: UUID) -> None:
    """Mark every act on an account as read by its holder."""
    unread = (AccountChange.account_id == account_id) & AccountChange.read_by_holder_at.is_(None)
    await tx.execute(update(AccountChange).where(unread).values(read_by_holder_at=clock.real()))


async def listed(tx: AsyncSession, reader: UUID, teams: Iterable[UUID]) -> list[Shown]:
    """List the latest acts on accounts of these teams, newest first."""
    read_at = await tx.scalar(select(AccountChangesRead.read_at).where(AccountChangesRead.account_id == reader))
    names = {id: name for id, name in (await tx.execute(select(Account.id, Account.name))).all()}
    found = await tx.execute(
        select(AccountChange, Account)
        .join(Account, Account.id == AccountChange.account_id)
        .where(_of_teams(teams))
        .order_by(AccountChange.at.desc(), AccountChange.id.desc())
        .limit(MOST)
    )
    return [
        Shown(
            account,
            change.what,
            names.get(change.by, "an account that is gone") if change.by else account.name,
            change.at,
            read_at is None or change.at > read_at,
        )
        for change, account in found
    ]


async def has_unread(tx: AsyncSession, reader: UUID, teams: Iterable[UUID]) -> bool:
    """Return whether an act on accounts of these teams is later than what the reader has marked as read."""
    known = exists().where(AccountChangesRead.account_id == reader, AccountChangesRead.read_at >= AccountChange.at)
    return bool(
        await tx.scalar(select(exists().where(Account.id == AccountChange.account_id, _of_teams(teams), ~known)))
    )


async def read(tx: AsyncSession, reader: UUID, until: datetime) -> None:
    """Mark the acts up to `until` as read by this guardian; an earlier `until` changes nothing."""
    row = insert(AccountChangesRead).values(account_id=reader, read_at=until)
    later = func.greatest(AccountChangesRead.read_at, row.excluded.read_at)
    await tx.execute(row.on_conflict_do_update(index_elements=[AccountChangesRead.account_id], set_={"read_at": later}))


def _of_teams(teams: Iterable[UUID]):
    return Account.id.in_(select(AccountTeam.account_id).where(AccountTeam.team_id.in_(list(teams))))
