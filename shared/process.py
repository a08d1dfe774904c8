"""One operating-system process of a service: HTTP, activities, handlers, relay and background work.

HTTP is served immediately, whichever engine is unavailable (`/readyz` names it); connections to engines are made and
kept in the background. Work that fails is logged and restarted with growing pauses. SIGTERM and SIGINT stop the
process in order: no new requests, running activities and messages finish, the outbox has a moment to drain, then the
connections close.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NoReturn

from fastapi import FastAPI

from shared import clock, durability, log, loop
from shared import nats as pipe
from shared.access import tokens
from shared.context import Actor
from shared.crypto.keyring import KeyringError, keyring
from shared.db.session import Database
from shared.failure import describe
from shared.health_port import measured
from shared.http import idempotency, limits
from shared.http.server import CannotListen, serving
from shared.http.state import NEEDS, Services
from shared.inbox.compare import Comparison
from shared.inbox.consumer import Consumers, HandlerGroup
from shared.metrics.figures import Figures, of_process, of_service
from shared.metrics.gathering import READING_SECONDS, Gatherer
from shared.outbox import sent
from shared.outbox.relay import Relay
from shared.readings import pipes
from shared.readings.rows import rows_of
from shared.settings import Settings, UnsafeSettings, load
from shared.supervise import raise_if_cancelled, restarting, wait_first
from shared.temporal import client as engine
from shared.temporal.worker import Refused, activity_worker

__all__ = ["PARTS", "Service", "StartRefused", "open_services", "run_service", "serve"]

PARTS: Final = ("api", "activities", "handlers", "relay", "background")
Work = Callable[[Services], Awaitable[object]]

SETTLE_SECONDS = 2.0
PURGE_EVERY = timedelta(hours=1)


class StartRefused(Exception):
    """The process cannot start; the message says why and what to do, in one line."""


@dataclass(frozen=True)
class Service:
    """What a service consists of.

    `background` and `reconcile` may run in several processes simultaneously, so they lock what they change;
    `reconcile` is repeated every `ALONGSIDE_RECONCILE_SECONDS` once the workflow engine is connected.
    """

    name: str
    app: Callable[[Services], FastAPI]
    activities: Callable[[Services], Sequence[Callable[..., Any]]] | None = None
    refused: Callable[[Services], Refused] | None = None  # keeps what an activity refuses as a fact of its row
    handler_groups: Sequence[HandlerGroup] | Callable[[Services], Sequence[HandlerGroup]] = ()
    reconcile: Work | None = None
    background: Sequence[Work] = ()
    figures: Figures | None = None  # what it says at /metrics besides what every service says
    needs: frozenset[str] = NEEDS  # a service without events and workflows reaches no engine but the database

    def groups(self, services: Services) -> Sequence[HandlerGroup]:
        return self.handler_groups(services) if callable(self.handler_groups) else self.handler_groups


def run_service(service: Service, settings: Settings | None = None, parts: Sequence[str] | None = None) -> None:
    """Run the service until SIGTERM or SIGINT.

    `parts` selects what runs in this process (default: `ALONGSIDE_PARTS`, else everything). End the process with one
    line on standard error when the service cannot start.
    """
    try:
        settings = settings or load()
        settings.refuse_unsafe(service.name)
        chosen = _parts(parts)
        log.configure(service.name, settings.log_level)
        loop.run(_until_signalled(service, settings, chosen))
    except UnsafeSettings:
        raise
    except (StartRefused, CannotListen, KeyringError) as error:
        _exit(f"{service.name} cannot start: {error}")


async def serve(
    service: Service, settings: Settings, parts: frozenset[str], stop: asyncio.Event, *, force: asyncio.Event
) -> None:
    """Run the parts until `stop` is set, then stop them in order; `force` closes open requests.

    Raise StartRefused when something that the service needs to start is wrong.
    """
    services = open_services(service.name, settings, parts)
    services.needs &= service.needs
    if settings.metrics_port:
        engine.measure()
    parts = parts if "nats" in service.needs else parts - {"relay", "handlers"}
    try:
        async with contextlib.AsyncExitStack() as started:
            # The part entered last is stopped first.
            started.push_async_callback(_close, services)
            started.callback(services.stopping.set)
            if settings.mode == "production":
                await _prove_durable(services, stop)
            if "temporal" in service.needs:
                await started.enter_async_context(
                    restarting("temporal", lambda: _reach_temporal(services), finite=True)
                )
            if "nats" in service.needs:
                await started.enter_async_context(restarting("nats", lambda: _reach_nats(services), finite=True))
            if "relay" in parts:
                relay = Relay(services.work, service.name, services.until_nats, services.until_temporal)
                await started.enter_async_context(restarting("relay", relay.run))
                await started.enter_async_context(
                    restarting("sent", lambda: sent.answer(services.work, service.name, services.until_nats))
                )
                started.push_async_callback(_settle, services)
            services.groups = service.groups(services)
            if services.groups and "handlers" in parts:
                consumers = Consumers(services.work, services.until_nats, services.groups)
                await started.enter_async_context(restarting("handlers", consumers.run))
                compared = Comparison(services.work, services.until_nats, services.groups)
                seconds = settings.reconcile_seconds
                await started.enter_async_context(restarting("compare", lambda: compared.run(seconds)))
            if "background" in parts:
                for name, work in _background(service, services):
                    await started.enter_async_context(restarting(name, work))
            if "activities" in parts and service.activities is not None:
                activities = service.activities(services)
                refused = service.refused(services) if service.refused is not None else None
                await started.enter_async_context(
                    restarting(
                        "activities", lambda: _work(services, service.name, activities, refused), stop=services.stopping
                    )
                )
            if settings.metrics_port:
                await started.enter_async_context(_measured(service, services))
            web = None
            if "api" in parts:
                address = settings.host, settings.port(service.name)
                web = await started.enter_async_context(
                    serving(service.app(services), *address, services.stopping, force, settings.trusted_proxies)
                )
            _keep_what_is_loaded()
            log.get(part="process").info("started", address=settings.host, port=settings.port(service.name))
            await wait_first(stop.wait(), web.ended.wait() if web else None)
            log.get(part="process").info("stopping")
            services.stopping.set()
        if web is not None and web.failed:
            raise StartRefused("the HTTP server ended by itself; see its last log lines")
    finally:
        services.stopping.set()


def open_services(name: str, settings: Settings, parts: frozenset[str] = frozenset(PARTS)) -> Services:
    """Build the `Services` that routes, activities and background work receive; no connection is made yet.

    Raise StartRefused when keys are missing.
    """
    keyring()
    clock.use_file(settings.practice_clock_file)
    if settings.token_public_key_file is None:
        raise StartRefused("no key to check tokens with: set ALONGSIDE_TOKEN_PUBLIC_KEY_FILE to a PEM file")
    try:
        key = tokens.load_key(settings.token_public_key_file)
    except (ValueError, OSError) as error:
        raise StartRefused(f"ALONGSIDE_TOKEN_PUBLIC_KEY_FILE: {error}") from None
    return Services(
        name=name,
        settings=settings,
        database=Database(settings, name, "api"),
        work=Database(settings, name, "work"),
        token_public_key=key,
        needs=NEEDS if parts & {"handlers", "relay"} else NEEDS - {"nats"},
    )


async def _prove_durable(services: Services, stop: asyncio.Event) -> None:
    """Check, before anything is written, that the servers are durable; retry until they answer.

    Raise StartRefused when a server would lose a write.
    """
    while not stop.is_set():
        try:
            return await durability.check(services.settings, services.work)
        except durability.NotDurable as error:
            raise StartRefused(f"production refuses servers that may lose a write: {error}") from None
        except Exception as error:  # away, or still starting
            log.get(part="process").warning("waits to ask the servers how safely they write", reason=describe(error))
            await wait_first(stop.wait(), asyncio.sleep(2))


@contextlib.asynccontextmanager
async def _measured(service: Service, services: Services) -> AsyncGenerator[None]:
    """Serve `/metrics`. Rows are counted over a connection of its own, so that a full pool is seen, not waited for."""
    settings = services.settings
    database = Database(settings, services.name, "work", pool_size=1)
    rows, readings = rows_of(database, READING_SECONDS), of_process(services)
    if "temporal" in service.needs:
        readings += of_service(services, rows)
    if service.figures is not None:
        readings += service.figures(services, rows)
    try:
        async with measured(services.name, settings.metrics_host, settings.metrics_port, Gatherer(readings).text):
            yield
    finally:
        await database.dispose()


# --- signals and parts ---------------------------------------------------------------------------------


def _parts(given: Sequence[str] | None) -> frozenset[str]:
    if given is None:
        given = [part.strip() for part in os.environ.get("ALONGSIDE_PARTS", "").split(",") if part.strip()]
    if unknown := set(given) - set(PARTS):
        raise StartRefused(f"unknown part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    return frozenset(given or PARTS)


def _keep_what_is_loaded() -> None:
    """Exclude loaded modules and routes from garbage collection.

    They live as long as the process, and a collection that traverses them stalls every request for a tenth of a
    second. The collector may have been off while they were loaded.
    """
    gc.freeze()
    gc.enable()


async def _until_signalled(service: Service, settings: Settings, parts: frozenset[str]) -> None:
    stop, force = asyncio.Event(), asyncio.Event()

    def asked() -> None:
        (force if stop.is_set() else stop).set()

    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, asked)
    await serve(service, settings, parts, stop, force=force)


def _exit(line: str) -> NoReturn:
    print(line, file=sys.stderr)
    raise SystemExit(1)


# --- the parts -----------------------------------------------------------------------------------------


async def _reach_temporal(services: Services) -> None:
    def says(reason: str) -> None:
        services.reasons["temporal"] = reason

    services.temporal = await engine.connect(services.settings, says)
    services.met_temporal.set()


async def _reach_nats(services: Services) -> None:
    services.nats = await pipe.connect(services.settings, f"alongside-{services.name}")
    services.met_nats.set()


async def _work(
    services: Services, queue: str, activities: Sequence[Callable[..., Any]], refused: Refused | None
) -> None:
    """Poll the service's task queue; once the process is stopping, stop polling and finish the running activities."""
    await wait_first(services.until_temporal(), services.stopping.wait())
    if services.temporal is None:
        return
    worker = activity_worker(services.temporal, queue, activities, refused=refused)
    running = asyncio.create_task(worker.run())
    try:
        await wait_first(_ended(running), services.stopping.wait())
    finally:
        if not running.done():
            await worker.shutdown()
        await running


async def _ended(task: "asyncio.Task[None]") -> None:
    """Wait until the task has ended, without cancelling it when the wait is cancelled."""
    await asyncio.wait([task])


def _background(service: Service, services: Services) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    async def reconcile() -> None:
        await services.until_temporal()
        while service.reconcile is not None:
            raise_if_cancelled()
            await service.reconcile(services)
            await asyncio.sleep(services.settings.reconcile_seconds)

    async def purge() -> None:
        while True:
            raise_if_cancelled()
            async with services.work.transaction(Actor.service(services.name)) as session:
                await idempotency.purge(session)
                await limits.purge(session)
            await asyncio.sleep(PURGE_EVERY.total_seconds())

    restarting: list[tuple[str, Callable[[], Awaitable[object]]]] = [("purge", purge)]
    if service.reconcile is not None:
        restarting.append(("reconcile", reconcile))
    for work in service.background:
        restarting.append((getattr(work, "__name__", "background"), lambda work=work: work(services)))
    return restarting


async def _settle(services: Services) -> None:
    """Give the relay a moment to publish what the last requests wrote; the rest waits for the next start."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(SETTLE_SECONDS):
            rows = rows_of(services.work, SETTLE_SECONDS)
            waiting = await pipes.outbox(rows)
            while waiting.to_publish or waiting.to_dispatch:
                await asyncio.sleep(0.05)
                waiting = await pipes.outbox(rows)


async def _close(services: Services) -> None:
    if services.nats is not None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await services.nats.close()
    await services.database.dispose()
    await services.work.dispose()
