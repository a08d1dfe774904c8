"""A service as one process: up at once whatever is away, kept going, stopped in order."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from httpx._config import DEFAULT_LIMITS
from temporalio.client import ActivityExecutionStatus, Client, PendingActivityState

from deploy import children
from deploy.stack import Stack
from shared.http.server import CannotListen
from shared.http.state import Services
from shared.ids import new_id
from shared.process import PARTS, Service, StartRefused, open_services, run_service, serve
from shared.settings import Settings
from shared.temporal import server
from tests.shared.ground import until

from .conftest import Shop
from .cup_service import service

EVERYTHING = frozenset(PARTS)
ROOT = Path(__file__).parents[3]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _up(
    made: Service, settings: Settings, parts: frozenset[str] = EVERYTHING
) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Event]]:
    stop = asyncio.Event()
    task = asyncio.create_task(serve(made, settings, parts, stop, force=asyncio.Event()))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.referrals_port}") as http:
        try:
            await _answers(http, task)
            yield http, stop
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await task


async def _answers(http: httpx.AsyncClient, task: "asyncio.Task[None] | None" = None) -> None:
    async with asyncio.timeout(30):
        while True:
            if task is not None and task.done():
                await task
            try:
                await http.get("/healthz")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def _process(
    engines: Stack, port: int, said: Path | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The cups' service on this port; what it says on its standard error goes to a file, for a pipe that nobody reads
    fills up and stops who writes."""
    environment = {**os.environ, **engines.environment(), "ALONGSIDE_REFERRALS_PORT": str(port)}
    with (said or Path(os.devnull)).open("wb") as errors:
        process = await children.begin(
            sys.executable, "-m", "tests.shared.http.cup_service",
            cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _missing(http: httpx.AsyncClient, expected: set[str], seconds: float = 20) -> None:
    """Wait until readiness misses exactly this (and the migrations, which the cups never have)."""
    async with asyncio.timeout(seconds):
        while True:
            answer = (await http.get("/readyz")).json()
            if set(answer["missing"]) == {"migrations", *expected}:
                return
            await asyncio.sleep(0.05)


async def test_http_answers_at_once_with_every_engine_away(shop: Shop) -> None:
    port = _free_port()
    away = shop.settings.model_copy(
        update={
            "referrals_port": port,
            "nats_url": "nats://127.0.0.1:1",
            "temporal_address": "127.0.0.1:1",
            "database_port": 1,
        }
    )
    started = time.monotonic()
    async with _up(service(), away) as (http, _):
        assert time.monotonic() - started < 5
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["missing"] == ["database", "migrations", "nats", "temporal"]
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 8


async def test_engines_are_reached_and_an_activity_runs(shop: Shop, temporal_client: Client) -> None:
    settings = shop.settings.model_copy(update={"referrals_port": _free_port()})
    async with _up(service(), settings) as (http, _):
        await _missing(http, set())
        rested = await temporal_client.execute_activity(
            "referrals.nap", 0.01, id=f"nap-{new_id()}", task_queue="referrals", result_type=str,
            start_to_close_timeout=timedelta(seconds=5), schedule_to_close_timeout=timedelta(seconds=20),
        )  # fmt: skip
        assert rested == "rested"


async def test_a_server_that_will_not_do_is_said_and_not_used_until_it_will(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MINIMUM", "99.0.0")
    settings = shop.settings.model_copy(update={"referrals_port": _free_port()})
    async with _up(service(), settings) as (http, _):

        async def said() -> bool:
            missing = (await http.get("/readyz")).json()["missing"]
            return "99.0.0 or newer is needed" in missing[-1] and missing[-1].startswith("temporal: it is version ")

        await until(said)
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        monkeypatch.undo()
        await _missing(http, set())


async def test_background_work_that_dies_begins_again(shop: Shop) -> None:
    lives: list[str] = []

    async def dies(services: Services) -> None:
        lives.append(services.name)
        raise RuntimeError("once more")

    async def ends(services: Services) -> None:
        lives.append("ended")

    rounds: list[float] = []

    async def reconcile(services: Services) -> None:
        rounds.append(time.monotonic())
        if len(rounds) == 2:
            raise RuntimeError("a bad round")

    settings = shop.settings.model_copy(update={"referrals_port": _free_port(), "reconcile_seconds": 0.05})
    async with _up(service(background=[dies, ends], reconcile=reconcile), settings):

        async def all_again() -> bool:
            return lives.count("referrals") >= 3 and lives.count("ended") >= 3 and len(rounds) >= 5

        await until(all_again, 15)


async def test_parts_run_alone(shop: Shop) -> None:
    settings = shop.settings.model_copy(update={"referrals_port": _free_port()})
    stop = asyncio.Event()
    task = asyncio.create_task(serve(service(), settings, frozenset({"relay"}), stop, force=asyncio.Event()))
    await asyncio.sleep(0.3)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", settings.referrals_port)) != 0
    stop.set()
    async with asyncio.timeout(10):
        await task


async def test_open_streams_end_when_the_process_stops(shop: Shop) -> None:
    settings = shop.settings.model_copy(update={"referrals_port": _free_port()})
    async with _up(service(), settings, frozenset({"api"})) as (http, stop):
        async with http.stream("GET", "/slow/stream") as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "data: hello"
            stopped = time.monotonic()
            stop.set()
            assert [line async for line in lines if line] == ["data: bye"]
        assert time.monotonic() - stopped < 2


async def test_an_idle_connection_is_the_clients_to_close(shop: Shop) -> None:
    settings = shop.settings.model_copy(update={"referrals_port": _free_port()})
    async with _up(service(), settings, frozenset({"api"})):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.referrals_port)
        for idle in (0, DEFAULT_LIMITS.keepalive_expiry or 0):
            await asyncio.sleep(idle + 1)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: referrals\r\n\r\n")
            async with asyncio.timeout(10):
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"\r\n\r\n")
            await reader.read(1000)  # the small body, sent with its head
        writer.close()


async def test_sigterm_finishes_requests_and_activities(
    shop: Shop, engines: Stack, temporal_client: Client, tmp_path: Path
) -> None:
    running = _process(engines, _free_port(), said := tmp_path / "said")
    async with running as (process, address), httpx.AsyncClient(base_url=address) as http:
        await _answers(http)
        await _missing(http, set())
        handle = await temporal_client.start_activity(
            "referrals.nap", 3.0, id=f"nap-{new_id()}", task_queue="referrals", result_type=str,
            start_to_close_timeout=timedelta(seconds=8), schedule_to_close_timeout=timedelta(seconds=80),
        )  # fmt: skip
        request = asyncio.create_task(http.get("/slow/answer"))

        async def both_under_way() -> bool:
            asked = (await http.get("/slow/under-way")).json() == ["answer"]
            nap = await handle.describe()
            # By this very process: the engine may first hand it to a worker of an earlier test that has just gone.
            its = (nap.last_worker_identity or "").startswith(f"{process.pid}@")
            return asked and its and nap.run_state is PendingActivityState.STARTED

        await until(both_under_way, 60)
        attempt = (await handle.describe()).attempt
        process.send_signal(signal.SIGTERM)
        assert (await request).json() == {"stopping": True}
        assert await asyncio.wait_for(process.wait(), 30) == 0
        # Finished by the process that was told to stop: there is no other, so a later attempt would wait for ever.
        told = await handle.describe()
        assert (told.status, told.attempt) == (ActivityExecutionStatus.COMPLETED, attempt), said.read_text()[-5000:]
        assert await asyncio.wait_for(handle.result(), 5) == "rested"


async def test_a_taken_port_is_one_line_and_not_zero(shop: Shop, engines: Stack, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        async with _process(engines, port, tmp_path / "said") as (process, _):
            assert await asyncio.wait_for(process.wait(), 30) == 1
        said = (tmp_path / "said").read_text().splitlines()
        assert said[-1].startswith("referrals cannot start: cannot listen on 127.0.0.1 port")
        settings = shop.settings.model_copy(update={"referrals_port": port})
        with pytest.raises(CannotListen):
            await serve(service(), settings, frozenset({"api"}), asyncio.Event(), force=asyncio.Event())


def test_what_it_needs_to_start_is_said_in_one_line(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StartRefused, match="ALONGSIDE_TOKEN_PUBLIC_KEY_FILE"):
        open_services("referrals", shop.settings.model_copy(update={"token_public_key_file": None}))
    with pytest.raises(SystemExit) as ended:
        run_service(service(), shop.settings, parts=["api", "magic"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("referrals cannot start: unknown part magic")
