"""Finding and making accounts and teams."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.staff.models import Account, AccountTeam, Session, Team
from services.console.staff.rules import key_of
from shared import clock
from shared.access.roles import Role
from shared.ids import new_id


async def by_sign_in(tx: AsyncSession, sign_in: str) -> Account | None:
    """Return the account of a sign-in name, also a disabled one."""
    return await tx.scalar(select(Account).where(Account.sign_in == key_of(sign_in)))


async def by_organisation(tx: AsyncSession, key: str) -> Account | None:
    """Return the account of an identity at the organisation."""
    return await tx.scalar(select(Account).where(Account.organisation_id == key))


async def by_id(tx: AsyncSession, account_id: UUID, *, lock: bool = False) -> Account | None:
    stmt = select(Account).where(Account.id == account_id)
    return await tx.scalar(stmt.with_for_update() if lock else stmt)


async def every(tx: AsyncSession) -> Sequence[Account]:
    """Return all accounts, by name."""
    return (await tx.scalars(select(Account).order_by(Account.name, Account.id))).all()


async def teams(tx: AsyncSession) -> Sequence[Team]:
    """Return all teams, by name."""
    return (await tx.scalars(select(Team).order_by(Team.name, Team.id))).all()


async def teams_of(tx: AsyncSession, account_id: UUID) -> tuple[UUID, ...]:
    """Return the ids of the teams an account is in."""
    found = await tx.scalars(
        select(AccountTeam.team_id).where(AccountTeam.account_id == account_id).order_by(AccountTeam.team_id)
    )
    return tuple(found)


async def memberships(tx: AsyncSession) -> dict[UUID, set[UUID]]:
    """Return the teams of every account."""
    found: dict[UUID, set[UUID]] = {}
    for account_id, team_id in await tx.execute(select(AccountTeam.account_id, AccountTeam.team_id)):
        found.setdefault(account_id, set()).add(team_id)
    return found


async def colleagues(tx: AsyncSession, team_ids: Iterable[UUID]) -> Sequence[Account]:
    """Return everybody in these teams, by name: to show who did a thing, and to choose a worker."""
    stmt = (
        select(Account)
        .where(Account.id.in_(select(AccountTeam.account_id).where(AccountTeam.team_id.in_(list(team_ids)))))
        .order_by(Account.name, Account.id)
    )
    return (await tx.scalars(stmt)).all()


async def open_team(tx: AsyncSession, name: str, team_id: UUID | None = None) -> Team:
    """Create a team."""
    team = Team(id=team_id or new_id(), name=name, recorded_at=clock.real())
    tx.add(team)
    await tx.flush()
    return team


async def open_account(
    tx: AsyncSession,
    *,
    sign_in: str,
    name: str,
    role: Role,
    team_ids: Iterable[UUID] = (),
    phone: str = "",
    password_hash: str | None = None,
) -> Account:
    """Create an account. Raises IntegrityError when its sign-in name is taken."""
    account = Account(
        id=new_id(),
        sign_in=key_of(sign_in),
        name=name,
        role=role.value,
        phone=phone,
        password_hash=password_hash,
        recorded_at=clock.real(),
        version=1,
    )
    tx.add(account)
    await tx.flush()
    await put_in_teams(tx, account.id, team_ids)
    return account


async def put_in_teams(tx: AsyncSession, account_id: UUID, team_ids: Iterable[UUID]) -> None:
    """Make these teams the only teams of the account."""
    await tx.execute(delete(AccountTeam).where(AccountTeam.account_id == account_id))
    tx.add_all(AccountTeam(account_id=account_id, team_id=team_id) for team_id in sorted(set(team_ids)))
    await tx.flush()


async def set_password(tx: AsyncSession, account_id: UUID, password_hash: str) -> None:
    """Set a new password, which ends every session of the account."""
    await tx.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))
    await tx.execute(delete(Session).where(Session.account_id == account_id))


async def forget_password(tx: AsyncSession, account_id: UUID) -> None:
    """Remove the password of an account, and end every session of it."""
    await tx.execute(update(Account).where(Account.id == account_id).values(password_hash=None))
    await tx.execute(delete(Session).where(Session.account_id == account_id))


async def keep_rehashed(tx: AsyncSession, account_id: UUID, password_hash: str) -> None:
    """Store the same password, hashed with today's settings."""
    await tx.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))
