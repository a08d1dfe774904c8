"""Liveness and readiness. Live: the process answers. Ready: everything that the process needs answers."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import Response
from pydantic import BaseModel

from shared.db import migrate
from shared.http.deps import Platform
from shared.http.routes import PUBLIC, Routes
from shared.http.state import Services

SECONDS = 2.0

routes = Routes(tags=["health"])


class Alive(BaseModel):
    service: str


class Ready(BaseModel):
    service: str
    ready: bool
    missing: list[str]


@routes.get("/healthz", allow=PUBLIC, limit=None)
async def healthz(services: Platform) -> Alive:
    """Answer that the process is alive."""
    return Alive(service=services.name)


@routes.get(
    "/readyz",
    allow=PUBLIC,
    limit=None,
    responses={503: {"model": Ready, "description": "Something is missing"}},
)
async def readyz(services: Platform, response: Response) -> Ready:
    """Report whether the service can do its work.

    `missing` names each dependency that does not answer, or that cannot be used, with the reason.
    """
    missing = await missing_dependencies(services)
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return Ready(service=services.name, ready=not missing, missing=missing)


async def missing_dependencies(services: Services) -> list[str]:
    """List the dependencies that do not answer within two seconds or cannot be used, in a fixed order."""
    probes: dict[str, Callable[[Services], Awaitable[bool]]] = {
        "database": _database,
        "migrations": _migrations,
        "nats": _nats,
        "temporal": _temporal,
    }
    asked = {name: partial(probe, services) for name, probe in probes.items() if name in services.needs}
    asked |= services.probes
    found = await asyncio.gather(*(_answers(probe) for probe in asked.values()))
    missing = [name for name, there in zip(asked, found, strict=True) if not there]
    return [f"{name}: {reason}" if (reason := services.reasons.get(name)) else name for name in missing]


async def _answers(probe: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(SECONDS):
            return await probe()
    except Exception:  # whatever the error, the dependency did not answer
        return False


async def _database(services: Services) -> bool:
    await services.database.ping()
    return True


async def _migrations(services: Services) -> bool:
    if not services.migrated:
        await migrate.check(services.database)
        services.migrated = True
    return True


async def _nats(services: Services) -> bool:
    return services.nats is not None and services.nats.is_connected


async def _temporal(services: Services) -> bool:
    return services.temporal is not None and await services.temporal.service_client.check_health()
