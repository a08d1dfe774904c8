"""The connections of one console process to the services: a pool for staff's pages, a small one for agencies' pages.

Visitors never use the connections that staff need. Streams use neither: each is a client of its own and closed with it
(`changes.py`), because these pools never get back a connection whose request is cancelled while it opens.
"""

from dataclasses import dataclass

import httpx

STAFF, STRANGERS = 100, 20
"""The most concurrent connections of each pool."""

# A little longer than a service waits for its own database, so that the service can report the reason itself; a request
# that finds no free connection fails sooner.
TIMEOUT = httpx.Timeout(20.0, connect=2.0, pool=5.0)


class Pool(httpx.AsyncHTTPTransport):
    """A transport whose connections can be counted."""

    def __init__(self, most: int) -> None:
        super().__init__(trust_env=False, limits=httpx.Limits(max_connections=most, max_keepalive_connections=most))
        self.most = most

    @property
    def in_use(self) -> int:
        """Return the number of connections that carry a request now."""
        held = self._pool.connections  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        return sum(not one.is_idle() for one in held)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    @property
    def full(self) -> bool:
        return self.in_use >= self.most

    def client(self) -> httpx.AsyncClient:
        """Return a client over these connections."""
        return httpx.AsyncClient(transport=self, timeout=TIMEOUT, trust_env=False, follow_redirects=False)


@dataclass(frozen=True)
class Clients:
    """One client for staff and one for visitors, each over its own pool."""

    staff: httpx.AsyncClient
    strangers: httpx.AsyncClient
    pools: tuple[Pool, Pool]

    @classmethod
    def opened(cls) -> "Clients":
        pools = Pool(STAFF), Pool(STRANGERS)
        return cls(pools[0].client(), pools[1].client(), pools)

    async def free(self) -> bool:
        """Return whether both pools have a connection left; without one, pages wait or fail."""
        return not any(pool.full for pool in self.pools)

    async def aclose(self) -> None:
        await self.staff.aclose()
        await self.strangers.aclose()
