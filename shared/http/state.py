"""The state of a running service, passed to its routes, activities and background work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request

from shared.db.session import Database
from shared.inbox.handling import HandlerGroup
from shared.settings import Settings

if TYPE_CHECKING:
    from nats.aio.client import Client as Nats
    from temporalio.client import Client as Temporal

    from shared.context import Actor

NEEDS = frozenset({"database", "migrations", "nats", "temporal"})


@dataclass
class Services:
    """The connections and settings of a process, one object per process, at `app.state.services`.

    `database` connects as the api role (requests), `work` as the work role (activities, handlers, background). The
    engines are None until they are connected; `stopping` is set when the process begins to stop, so that open event
    streams end themselves. `probes` are the readiness checks of one service alone, by name; `reasons` explain why a
    dependency that answers cannot be used.
    """

    name: str
    settings: Settings
    database: Database
    work: Database
    token_public_key: Any
    groups: "Sequence[HandlerGroup]" = ()  # of the whole service, whichever process runs them
    temporal: "Temporal | None" = None
    nats: "Nats | None" = None
    needs: frozenset[str] = NEEDS
    probes: "dict[str, Callable[[], Awaitable[bool]]]" = field(default_factory=dict[str, Any])
    memory: dict[str, Any] = field(default_factory=dict[str, Any])  # caches of background rounds
    migrated: bool = False  # the database has been seen at this program's newest revision
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    met_temporal: asyncio.Event = field(default_factory=asyncio.Event)
    met_nats: asyncio.Event = field(default_factory=asyncio.Event)
    # Called with the actor of every valid token, before the request is handled.
    meet: "Callable[[Actor], Awaitable[None]] | None" = None
    reasons: dict[str, str] = field(default_factory=dict[str, str])

    async def until_temporal(self) -> "Temporal":
        """Return the client of the workflow engine; wait until the first connection."""
        while self.temporal is None:
            await self.met_temporal.wait()
        return self.temporal

    async def until_nats(self) -> "Nats":
        """Return the connection to NATS; wait until the first connection."""
        while self.nats is None:
            await self.met_nats.wait()
        return self.nats


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)
