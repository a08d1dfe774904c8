"""Reporting team membership to casework, so that no case is given to somebody who is not in its team."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.back.client import Json, Service
from services.console.back.errors import Away, Refused
from services.console.back.pools import Clients
from services.console.base import SERVICE
from services.console.staff import service as staff
from shared import log
from shared.access import tokens
from shared.access.roles import Role
from shared.context import Actor
from shared.http.state import Services
from shared.supervise import raise_if_cancelled

LOOK_SECONDS = 1.0
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
    teams = await staff.memberships(tx)
    return {
        one.id: Standing(one.role, frozenset(teams.get(one.id, ())), one.disabled_at is not None)
        for one in await staff.every(tx)
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
    file = services.settings.token_private_key_file
    if file is None:
        return  # the pages refuse to start without the key, and report it
    key, clients = tokens.load_key(file), Clients.opened()
    teams: list[UUID] = []

    def token() -> str:
        return tokens.issue(key, f"program:{SERVICE}", Role.SYSTEM, teams, services.settings.token_audience)

    casework = Service("casework", services.settings.service_url("casework"), clients, token)
    told: dict[UUID, Standing] = {}
    again_at, trouble = time.monotonic() + AGAIN_SECONDS, ""
    try:
        while True:
            raise_if_cancelled()
            if time.monotonic() > again_at:
                told.clear()
                again_at = time.monotonic() + AGAIN_SECONDS
            try:
                async with services.work.transaction(Actor.service(SERVICE)) as tx:
                    teams[:] = [team.id for team in await staff.teams(tx)]
                await state(services, casework, told)
                trouble = ""
            except (Away, Refused) as error:
                if trouble != (trouble := type(error).__name__):
                    log.get().warning("casework was not told of accounts; it is tried again", reason=trouble)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await clients.aclose()
