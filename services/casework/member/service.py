"""The members of a team, inside the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.casework.member.models import Member
from services.casework.member.rules import CASES, Refusal, refusal
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.base import table_of
from shared.db.session import Database
from shared.http.problems import invalid
from shared.ids import new_id

# Compiled at import: runs with every task that is opened for a worker.
_ONE = select(Member.role, Member.left_at).where(
    Member.team_id == bindparam("team"), Member.account_id == bindparam("account")
)
_MOST = 5000


async def why_not(
    session: AsyncSession, team_id: UUID, account_id: str, able: frozenset[Role] = CASES
) -> Refusal | None:
    """Return why something of this team cannot be given to an account; None when it can.

    The caller holds the lock of the account's caseload (`caseload_lock.lock`), which a leaving takes too.
    """
    found = (await session.execute(_ONE, {"team": team_id, "account": account_id})).one_or_none()
    role, left_at = found if found is not None else (None, None)
    return refusal(role, left=left_at is not None, able=able)


async def check(
    session: AsyncSession, team_id: UUID, account_id: str, *, field: str, able: frozenset[Role] = CASES
) -> None:
    """Raise 422 naming the field unless something of this team can be given to the account."""
    if (no := await why_not(session, team_id, account_id, able)) is not None:
        raise invalid(field, no.rule, no.message)


async def present(session: AsyncSession, team_id: UUID, account_id: str | None) -> str | None:
    """Return the account, or None if it has left the team: its work is then the supervisors'."""
    if account_id is None:
        return None
    found = (await session.execute(_ONE, {"team": team_id, "account": account_id})).one_or_none()
    return account_id if found is None or found[1] is None else None


async def stated(session: AsyncSession, team_id: UUID, account_id: str, role: Role) -> None:
    """Record that the account is in the team, in this role. The caller holds the lock of its caseload."""
    values = {"id": new_id(), "team_id": team_id, "recorded_at": clock.now(), "account_id": account_id}
    now = {"role": role.value, "stated": True, "left_at": None}
    row = insert(Member).values({**values, **now})
    await session.execute(row.on_conflict_do_update(index_elements=["team_id", "account_id"], set_=now))


async def left(session: AsyncSession, teams: Collection[UUID], account_id: str, at: datetime) -> None:
    """Record that the account is in none of these teams. The caller holds the lock of its caseload."""
    mine = update(Member).where(Member.account_id == account_id, Member.team_id.in_(teams))
    await session.execute(mine.values(stated=True, left_at=func.coalesce(Member.left_at, at)))


async def role_of(session: AsyncSession, team_id: UUID, account_id: str) -> str | None:
    """Return the role of an account in the team, also of one that has left; None for one that nobody knows."""
    found = (await session.execute(_ONE, {"team": team_id, "account": account_id})).one_or_none()
    return found[0] if found is not None else None


class Acquaintance:
    """Records every caller with a valid token as a member: a token proves an account's role and teams.

    So casework knows colleagues whose account nobody has stated yet, or is held elsewhere. For an account that has been
    stated a token proves nothing: it may be minutes older than the account's leaving.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._met: set[Actor] = set()

    async def meet(self, actor: Actor) -> None:
        """Record the actor as a member of each of their teams, once for each combination of claims."""
        if actor.role not in _PEOPLE or not actor.teams:
            return
        who = Actor(actor.user_id, actor.role, actor.teams, "")
        if who in self._met:
            return
        async with self._database.transaction(actor) as session:
            for team in sorted(set(actor.teams)):
                await _learn(session, team, actor.user_id, actor.role)
        if len(self._met) >= _MOST:
            self._met.clear()
        self._met.add(who)


# Programs, and people who decide nothing about care, are given nothing.
_PEOPLE = frozenset({Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR})


async def _learn(session: AsyncSession, team_id: UUID, account_id: str, role: Role) -> None:
    stated = aliased(Member)
    row = select(
        literal(new_id()), literal(team_id), literal(clock.now()), literal(account_id), literal(role.value),
        literal(False),
    ).where(~exists().where(stated.account_id == account_id, stated.stated.is_(True)))  # fmt: skip
    members = table_of(Member)
    names = ["id", "team_id", "recorded_at", "account_id", "role", "stated"]
    new = insert(members).from_select(names, row)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["team_id", "account_id"],
            set_={"role": new.excluded.role},
            where=(members.c.stated.is_(False)) & (members.c.role != new.excluded.role),
        )
    )
