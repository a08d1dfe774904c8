"""Tell other services what the console holds, over and over, until the process stops."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from services.console.backend.client import Service
from services.console.backend.pools import Clients
from services.console.base import SERVICE
from shared import log
from shared.access import tokens
from shared.access.roles import Role
from shared.http.state import Services
from shared.supervise import raise_if_cancelled

LOOK_SECONDS = 1.0

Tell = Callable[[list[Service], bool], Awaitable[str]]
"""Tells the services what they do not know yet, or, when the second argument is true, everything again.

Returns why somebody was not told, empty when everybody was.
"""


async def keep(services: Services, names: Sequence[str], teams: list[UUID], again_seconds: float, tell: Tell) -> None:
    """Call `tell` each second, as a program of these teams, with everything again every `again_seconds`.

    A reason for not telling is logged when it is new. Without a key to sign tokens this returns at once: the pages
    refuse to start without it, and report it.
    """
    file = services.settings.token_private_key_file
    if file is None:
        return
    key, clients = tokens.load_key(file), Clients.opened()

    def token() -> str:
        return tokens.issue(key, f"program:{SERVICE}", Role.SYSTEM, teams, services.settings.token_audience)

    told = [Service(name, services.settings.service_url(name), clients, token) for name in names]
    again_at, trouble = time.monotonic(), ""
    try:
        while True:
            raise_if_cancelled()
            if again := time.monotonic() >= again_at:
                again_at = time.monotonic() + again_seconds
            why = await tell(told, again)
            if why and why != trouble:
                log.get().warning("services were not told what the console holds; it is tried again", reason=why)
            trouble = why
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await clients.aclose()
