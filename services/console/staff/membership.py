"""Reporting team membership to casework, so that no case is given to somebody who is not in its team."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.backend import stating
from services.console.backend.client import Json, Service
from services.console.backend.errors import Away, Refused
from services.console.base import SERVICE
from services.console.staff import service as staff
from shared.context import Actor
from shared.http.state import Services

# Everything is sent again at this interval, for a casework that was restored from a backup.
AGAIN_SECONDS = 3600.0
AT_ONCE = 200
# The key of this advisory lock, used for nothing else in the console's database.
_LOCK = 7_305_801_317


@dataclass(frozen=True)
class Standing:
    """What casework is sent about an account."""

    role: str
    teams: frozenset[UUID]
    closed: bool


async def everybody(tx: AsyncSession) -> dict[UUID, Standing]:
    """Return the current role, teams and state of every account."""
    # Accounts first: one that is opened between the two reads would be stated as in no team, and lose its work.
    accounts = list(await staff.every(tx))
    teams = await staff.memberships(tx)
    return {
        one.id: Standing(one.role, frozenset(teams.get(one.id, ())), one.disabled_at is not None) for one in accounts
    }


async def state(services: Services, casework: Service, told: dict[UUID, Standing]) -> None:
    """Send casework every account that differs from `told`, and update `told` with what was sent.

    One process of the console sends at a time, and each reads under the lock, so that the last report is the current
    one. Raises Away or Refused; the rest is then sent the next time.
    """
    async with services.work.transaction(Actor.service(SERVICE)) as tx:
        if not await tx.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            return
        new = [(id, standing) for id, standing in (await everybody(tx)).items() if told.get(id) != standing]
        for start in range(0, len(new), AT_ONCE):
            part = new[start : start + AT_ONCE]
            await casework.post("/members", {"members": [_body(id, standing) for id, standing in part]})
            told.update(part)


def _body(account_id: UUID, standing: Standing) -> Json:
    return {
        "account_id": str(account_id),
        "role": standing.role,
        "teams": sorted(str(team) for team in standing.teams),
        "closed": standing.closed,
    }


async def keep_stated(services: Services) -> None:
    """Send casework every change of an account within seconds, and all accounts every hour, until the process stops."""
    teams: list[UUID] = []
    told: dict[UUID, Standing] = {}

    async def tell(casework: list[Service], again: bool) -> str:
        if again:
            told.clear()
        async with services.work.transaction(Actor.service(SERVICE)) as tx:
            teams[:] = [team.id for team in await staff.teams(tx)]
        try:
            await state(services, casework[0], told)
        except (Away, Refused) as error:
            return f"casework, accounts: {type(error).__name__}"
        return ""

    await stating.keep(services, ["casework"], teams, AGAIN_SECONDS, tell)
