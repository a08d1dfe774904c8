"""The figures of every process, and of every service that has events and workflows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from temporalio.client import Client

from shared import clock
from shared.http.health import missing_dependencies
from shared.http.state import Services
from shared.metrics.common import in_engine, readiness
from shared.metrics.gathering import Gauge, Reading, Sample
from shared.readings import pipes, streams
from shared.readings.rows import Rows

Figures = Callable[[Services, Rows], Sequence[Reading]]

POOL_IN_USE = Gauge("alongside_pool_in_use", "Database connections that are in use now.", ("role",))
POOL_MOST = Gauge("alongside_pool_most", "Database connections that may be in use at the most.", ("role",))
OUTBOX = Gauge("alongside_outbox_waiting", "Rows of the outbox that wait, by what for.", ("to",))
OUTBOX_AGE = Gauge("alongside_outbox_oldest_seconds", "Age of the oldest row of the outbox that waits.")
RELAY = Gauge("alongside_relay_leads", "Whether some process passes on what this service has to tell.")
DEAD_LETTERS = Gauge("alongside_dead_letters", "Events that the service could not handle.")
HEARD = Gauge("alongside_consumer_waiting", "Events of this service that a consumer has yet to handle.", ("durable",))
STREAM_WRONG = Gauge("alongside_stream_changed", "Whether somebody has changed the settings of the stream.")
OPEN = Gauge("alongside_open_rows", "Open plans or referrals.", ("kind",))
WITHOUT_WORKFLOW = Gauge("alongside_rows_without_workflow", "Open rows that no workflow drives.", ("kind",))
NOT_COUNTED = Gauge("alongside_not_counted_anew", "Clocks, steps or tasks that miss a change of bank holidays.")
# A listing of all that runs: dearer than the rest together.
LISTED_EVERY_SECONDS = 60.0


def age(at: datetime | None) -> float:
    """Return for how many seconds something has waited: 0 where nothing does."""
    return 0.0 if at is None else max(0.0, (clock.now() - at).total_seconds())


def of_process(services: Services) -> list[Reading]:
    """Return what every process says of itself."""

    async def pools() -> list[Sample]:
        both = (services.database, services.work)
        used = [POOL_IN_USE.of(each.in_use, each.role) for each in both]
        return [*used, *(POOL_MOST.of(each.most, each.role) for each in both)]

    ready = readiness(lambda: missing_dependencies(services), lambda: {*services.needs, *services.probes})
    return [ready, Reading("pools", "process", pools, good_for=0)]


def of_service(services: Services, rows: Rows) -> list[Reading]:
    """Return what a service says that has events and workflows."""

    async def outbox() -> list[Sample]:
        found = await pipes.outbox(rows)
        waiting = [OUTBOX.of(found.to_publish, "publish"), OUTBOX.of(found.to_dispatch, "dispatch")]
        return [*waiting, OUTBOX_AGE.of(age(found.oldest)), RELAY.of(await pipes.relay_leads(rows))]

    async def dead_letters() -> list[Sample]:
        return [DEAD_LETTERS.of(await pipes.dead_letters(rows))]

    async def stream() -> list[Sample]:
        if services.nats is None or not services.nats.is_connected:
            raise ConnectionError("NATS is away")
        js = services.nats.jetstream(timeout=3)  # pyright: ignore[reportUnknownMemberType]
        found = await streams.stream(js, services.name)
        waiting = [HEARD.of(count, durable) for durable, count in found.waiting.items()]
        return [*waiting, STREAM_WRONG.of(not found.ours)]

    heard = [Reading("stream", "nats", stream)] if "nats" in services.needs else []
    return [
        Reading("outbox", "database", outbox),
        Reading("dead_letters", "database", dead_letters),
        *heard,
        *in_engine(lambda: client_of(services), services.name),
    ]


def without_workflow(kind: str, settled: set[UUID], running: set[UUID]) -> Sample:
    """Say how many rows that should have a workflow have none."""
    return WITHOUT_WORKFLOW.of(len(settled - running), kind)


def client_of(services: Services) -> Client:
    """Return the connection to the engine. Raise ConnectionError when there is none yet."""
    if services.temporal is None:
        raise ConnectionError("the workflow engine is away")
    return services.temporal
