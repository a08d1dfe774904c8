"""Stating the keys of all programs to the services, so that each knows them by itself, also while we are down."""

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.backend import stating
from services.console.backend.client import Json, Service
from services.console.backend.errors import Away, Refused
from services.console.base import SERVICE
from services.console.program import service
from services.console.program.models import ProgramKey
from shared import clock
from shared.context import Actor
from shared.http.state import Services

# All keys again at this interval: for a service that was restored, and to learn which keys are used.
AGAIN_SECONDS = 60.0
TOLD = ("intake", "casework", "referrals")
# The key of this advisory lock, used for nothing else in the console's database.
_LOCK = 7_305_801_331


async def state(services: Services, behind: list[Service], told: dict[str, list[Json]]) -> list[str]:
    """State all keys to every service that has not been told just this; return the names of those that did not answer.

    One process of the console states at a time, and reads under the lock, so that the last statement is the current
    one. `told` is what each service has confirmed.
    """
    async with services.work.transaction(Actor.service(SERVICE)) as tx:
        if not await tx.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            return []
        keys = await _keys(tx)
        asked = [one for one in behind if told.get(one.name) != keys]
        answers = await asyncio.gather(*(_tell(one, keys) for one in asked))
        silent = [one.name for one, answer in zip(asked, answers, strict=True) if answer is None]
        for one, answer in zip(asked, answers, strict=True):
            if answer is not None:
                told[one.name] = keys
                for row in answer:
                    await _learn(tx, row)
        if not silent and asked:
            # Only as it was stated: a key that was revoked meanwhile is still to be told.
            revoked = [UUID(key["id"]) for key in keys if key["revoked_at"]]
            valid = [UUID(key["id"]) for key in keys if not key["revoked_at"]]
            stated = ProgramKey.id.in_(revoked) | (ProgramKey.id.in_(valid) & ProgramKey.revoked_at.is_(None))
            await tx.execute(
                update(ProgramKey).where(stated, ProgramKey.told_at.is_(None)).values(told_at=clock.real())
            )
        return silent


async def _keys(tx: AsyncSession) -> list[Json]:
    return [
        {
            "id": str(key.id),
            "digest": key.digest.hex(),
            "program_id": str(program.id),
            "name": program.name,
            "scopes": program.scopes,
            "teams": program.teams,
            "agency_id": str(program.agency_id) if program.agency_id else None,
            "expires_at": key.expires_at.isoformat(),
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for program, keys in await service.every(tx)
        for key in keys
    ]


async def _tell(one: Service, keys: list[Json]) -> list[Json] | None:
    try:
        return list((await one.post("/programs", {"keys": keys}))["items"])
    except (Away, Refused):
        return None


async def _learn(tx: AsyncSession, row: Json) -> None:
    """Record when a key was last used, and a revocation that we lost by being restored to an earlier day."""
    key = ProgramKey.id == UUID(row["id"])
    if row["used_at"]:
        used = datetime.fromisoformat(row["used_at"])
        later = ProgramKey.used_at.is_(None) | (ProgramKey.used_at < used)
        await tx.execute(update(ProgramKey).where(key, later).values(used_at=used))
    if row["revoked_at"]:
        revoked = datetime.fromisoformat(row["revoked_at"])
        await tx.execute(update(ProgramKey).where(key, ProgramKey.revoked_at.is_(None)).values(revoked_at=revoked))


async def keep_stated(services: Services) -> None:
    """State every change within seconds, and all keys every minute, until the process stops."""
    told: dict[str, list[Json]] = {}

    async def tell(behind: list[Service], again: bool) -> str:
        if again:
            told.clear()
        silent = await state(services, behind, told)
        return f"{', '.join(silent)}, keys of programs" if silent else ""

    await stating.keep(services, TOLD, [], AGAIN_SECONDS, tell)
