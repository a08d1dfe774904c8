"""The connections of one console process to the services: those of staff's pages, and a small pool for services' pages.

Strangers never take the connection that staff need. Streams have none of these: each is a client of its own, which is
closed with it (`changes.py`), for a connection whose request is cancelled while it opens is never given back here.
"""

from dataclasses import dataclass

import httpx

STAFF, STRANGERS = 100, 20
"""The most connections of each at once."""

# A little longer than a service waits for its own database, so that it can say itself what is wrong; whoever finds no
# connection free is told sooner.
TIMEOUT = httpx.Timeout(20.0, connect=2.0, pool=5.0)


class Pool(httpx.AsyncHTTPTransport):
    """Connections that can be counted."""

    def __init__(self, most: int) -> None:
        super().__init__(trust_env=False, limits=httpx.Limits(max_connections=most, max_keepalive_connections=most))
        self.most = most

    @property
    def in_use(self) -> int:
        """Connections that carry a request now, whoever holds it."""
        held = self._pool.connections  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        return sum(not one.is_idle() for one in held)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    @property
    def full(self) -> bool:
        return self.in_use >= self.most

    def client(self) -> httpx.AsyncClient:
        """A client over these connections."""
        return httpx.AsyncClient(transport=self, timeout=TIMEOUT, trust_env=False, follow_redirects=False)


@dataclass(frozen=True)
class Clients:
    """Who asks decides which connections are used."""

    staff: httpx.AsyncClient
    strangers: httpx.AsyncClient
    pools: tuple[Pool, Pool]

    @classmethod
    def opened(cls) -> "Clients":
        pools = Pool(STAFF), Pool(STRANGERS)
        return cls(pools[0].client(), pools[1].client(), pools)

    async def free(self) -> bool:
        """False while one of the pools has no connection left: pages wait, or do not come at all."""
        return not any(pool.full for pool in self.pools)

    async def aclose(self) -> None:
        await self.staff.aclose()
        await self.strangers.aclose()
