"""Read whether a process is ready, what waits in its queue, and what the engine's SDK counts."""

from collections.abc import Awaitable, Callable, Iterable

from temporalio.client import Client

from shared.metrics.gathering import Gauge, Reading, Sample
from shared.readings import engine
from shared.temporal.client import own_metrics

READY = Gauge("alongside_ready", "Whether the process can do its work.")
MISSING = Gauge("alongside_missing", "Whether the process misses this.", ("dependency",))
BACKLOG = Gauge("alongside_engine_backlog", "Steps that wait for a worker of this queue.", ("queue",))
BACKLOG_AGE = Gauge("alongside_engine_backlog_oldest_seconds", "How long the oldest of them has waited.", ("queue",))


def readiness(missing: Callable[[], Awaitable[list[str]]], needs: Callable[[], Iterable[str]]) -> Reading:
    """Return the reading of what a process misses of all that it needs, by name."""

    async def ready() -> list[Sample]:
        lacks = {line.partition(":")[0] for line in await missing()}
        return [READY.of(not lacks), *(MISSING.of(name in lacks, name) for name in sorted(needs()))]

    return Reading("ready", "process", ready)


def in_engine(client: Callable[[], Client], queue: str) -> list[Reading]:
    """Return the readings of a queue of the engine, and of what the SDK counts in this process."""

    async def backlog() -> list[Sample]:
        found = await engine.backlog(client(), queue)
        return [BACKLOG.of(found.count, queue), BACKLOG_AGE.of(found.oldest_seconds, queue)]

    return [Reading("engine_backlog", "temporal", backlog), Reading("sdk", "sdk", own_metrics)]
