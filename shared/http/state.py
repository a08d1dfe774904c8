"""What a running service hands to its routes, activities and background work."""

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
    """One per process, at `app.state.services`.

    `database` connects as the api role (requests), `work` as the work role (activities, handlers,
    background). The engines are None until they have been reached; `stopping` is set when the process
    begins to stop, so that open event streams end themselves. `probes` are what one service alone needs, by the name
    that readiness calls it; `reasons` say why something is missing that does answer.
    """

    name: str
    settings: Settings
    database: Database
    work: Database
    token_public_key: Any
    groups: "Sequence[HandlerGroup]" = ()  # what it hears, whichever process hears it
    temporal: "Temporal | None" = None
    nats: "Nats | None" = None
    needs: frozenset[str] = NEEDS
    probes: "dict[str, Callable[[], Awaitable[bool]]]" = field(default_factory=dict[str, Any])
    memory: dict[str, Any] = field(default_factory=dict[str, Any])  # what background rounds spare themselves by
    migrated: bool = False  # seen at this program's newest revision
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    met_temporal: asyncio.Event = field(default_factory=asyncio.Event)
    met_nats: asyncio.Event = field(default_factory=asyncio.Event)
    # Told of everybody whose token was good, before their request is answered.
    meet: "Callable[[Actor], Awaitable[None]] | None" = None
    reasons: dict[str, str] = field(default_factory=dict[str, str])

    async def until_temporal(self) -> "Temporal":
        """The client of the workflow engine, waiting until it has been reached once."""
        while self.temporal is None:
            await self.met_temporal.wait()
        return self.temporal

    async def until_nats(self) -> "Nats":
        """The connection to NATS, waiting until it has been reached once."""
        while self.nats is None:
            await self.met_nats.wait()
        return self.nats


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)
