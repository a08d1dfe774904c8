"""Rate limits across processes: windows counted in PostgreSQL, each beginning with its first hit.

Windows use the database server's clock, which is the same for all processes and never jumps with practice time.
Subjects (a user, an address) are stored as keyed hashes.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, bindparam, delete, func, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared.crypto.keyring import keyring
from shared.db.platform_tables import rate_limits
from shared.db.session import Database
from shared.http.problems import problem

KEEP = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most `count` in each window of `seconds`.

    A process takes `lease` hits at a time from the shared count and spends them locally, so a busy caller costs one
    statement per lease. Hits that are leased and not spent are lost, never granted twice.
    """

    count: int
    seconds: int
    lease: int = 1


# A person sends a handful of requests; whoever guesses codes sends more.
STRANGERS = Limit(count=120, seconds=60)
# Far above any normal user or program; stops a runaway one.
ACCOUNTS = Limit(count=60_000, seconds=60, lease=500)
# A burst of a mail gateway passes; a program in a loop leaves the database to people.
PROGRAMS = Limit(count=3_000, seconds=60, lease=20)


@dataclass
class _Lease:
    left: int
    ends: float  # monotonic


class Limiter:
    """The rate limiter of one service, over its `rate_limits` table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases: dict[str, _Lease] = {}

    async def spend(self, name: str, subject: str, limit: Limit) -> None:
        """Count one hit of `subject` under `name`. Raise a 429 problem with Retry-After when the window is full."""
        digest = _digest(name, subject, limit)
        lease = self._leases.get(digest)
        now = time.monotonic()
        if lease is not None and lease.left > 0 and now < lease.ends:
            lease.left -= 1
            return
        async with self._database.platform_connection() as connection:
            taken, left_seconds = await _take(connection, digest, limit)
        granted = min(limit.lease, limit.count - (taken - limit.lease))
        if granted <= 0:
            raise problem(
                429,
                "Too many requests; wait a little.",
                headers={"Retry-After": str(max(1, round(left_seconds)))},
            )
        if granted > 1:
            self._forget_old(now)
            self._leases[digest] = _Lease(granted - 1, now + left_seconds)

    async def give_back(self, name: str, subject: str, limit: Limit) -> None:
        """Subtract one hit from the current window: it was not of the kind that the limit is meant to stop."""
        async with self._database.platform_connection() as connection:
            await connection.execute(
                _GIVE_BACK, {"bucket": _digest(name, subject, limit), "width": timedelta(seconds=limit.seconds)}
            )

    def _forget_old(self, now: float) -> None:
        for digest in [d for d, lease in self._leases.items() if lease.ends <= now]:
            del self._leases[digest]


# The count stops growing once the window is full: a flood must not overflow the integer.
_TAKE = text(
    """
    INSERT INTO rate_limits AS limits (bucket, window_start, hits)
    VALUES (:bucket, clock_timestamp(), :lease)
    ON CONFLICT (bucket) DO UPDATE SET (window_start, hits) = (
        SELECT CASE WHEN ended THEN excluded.window_start ELSE limits.window_start END,
               CASE WHEN ended THEN excluded.hits ELSE least(limits.hits + excluded.hits, :most) END
        FROM (SELECT limits.window_start + :width <= excluded.window_start AS ended) AS last
    )
    RETURNING hits, extract(epoch FROM window_start + :width - clock_timestamp())
    """
).bindparams(bindparam("width", type_=Interval()))


_GIVE_BACK = text(
    """
    UPDATE rate_limits SET hits = greatest(hits - 1, 0)
    WHERE bucket = :bucket AND window_start + :width > clock_timestamp()
    """
).bindparams(bindparam("width", type_=Interval()))


def _digest(name: str, subject: str, limit: Limit) -> str:
    return keyring().hmac("rate-limit", f"{name}\0{limit.count}\0{limit.seconds}\0{subject}".encode()).hex()


async def _take(connection: AsyncConnection, bucket: str, limit: Limit) -> tuple[int, float]:
    """Add one lease to the current window; return the hits of the window and its remaining seconds."""
    parameters = {
        "bucket": bucket,
        "width": timedelta(seconds=limit.seconds),
        "lease": limit.lease,
        "most": limit.count + limit.lease,
    }
    hits, left = (await connection.execute(_TAKE, parameters)).one()
    return int(hits), float(left)


async def purge(session: AsyncSession) -> int:
    """Delete windows older than `KEEP`; return the number deleted."""
    done = await session.execute(delete(rate_limits).where(rate_limits.c.window_start < func.now() - KEEP))
    return int(getattr(done, "rowcount", 0))
