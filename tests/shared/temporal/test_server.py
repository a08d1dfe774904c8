"""Which servers will do, and what is said of those that will not."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest

from deploy import children, probes
from deploy.ports import Ports
from deploy.stack import Stack
from shared.settings import Settings
from shared.temporal import server
from shared.temporal.client import connect
from tests.healthy import health
from tests.shared.ground import until

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "version", ["1.25.0", "1.25", "1.28.0", "v1.25.1", "1.32.0", "1.100.0", "2.0.0", "1.30.0-150.2"]
)
def test_a_server_that_will_do_lacks_nothing(version: str) -> None:
    assert server.lacking(version, schedules=True, updates=True) == []


@pytest.mark.parametrize("version", ["1.24.9", "1.24.2-rc.1", "1.9.0", "0.30.5", "1.3", "v1.24.0"])
def test_an_older_one_is_named_with_what_is_needed(version: str) -> None:
    assert server.lacking(version, schedules=True, updates=True) == [
        f"it is version {version}, and {server.MINIMUM} or newer is needed"
    ]


@pytest.mark.parametrize("version", ["", "unknown", "latest", "1"])
def test_one_that_does_not_say_its_version_is_not_believed(version: str) -> None:
    [said] = server.lacking(version, schedules=True, updates=True)
    assert "does not say which version" in said and server.MINIMUM in said


def test_everything_that_is_not_there_is_named() -> None:
    assert [line.split(" (")[0] for line in server.lacking("1.20.0", schedules=False, updates=False)] == [
        f"it is version 1.20.0, and {server.MINIMUM} or newer is needed",
        "it has no schedules",
        "it takes no updates",
    ]


async def test_a_namespace_that_is_not_there_is_named_until_it_is(settings: Settings) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    elsewhere = settings.model_copy(update={"temporal_namespace": "elsewhere"})
    waiting = asyncio.create_task(connect(elsewhere, said.put_nowait))
    try:
        assert await asyncio.wait_for(said.get(), 20) == "it has no namespace elsewhere"
        assert not waiting.done()
    finally:
        waiting.cancel()


async def test_the_worker_is_alive_and_not_ready_and_says_why(engines: Stack) -> None:
    """The real worker and the real server, asked for a version that nobody has."""
    code = """if 1:
        from shared.temporal import server
        server.MINIMUM = "99.0.0"
        from workflows import worker
        worker.main()"""
    port = Ports.free().worker
    environment = {**os.environ, **engines.environment(), "ALONGSIDE_WORKER_PORT": str(port)}
    process = await children.begin(
        sys.executable, "-c", code, cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    async def says_why() -> bool:
        try:
            [missing] = (await health(port, "/readyz"))["missing"]
        except httpx.TransportError:  # not up yet
            return False
        return missing.startswith("temporal: it is version ") and missing.endswith("99.0.0 or newer is needed")

    try:
        await until(says_why)
        assert (await health(port, "/healthz"))["service"] == "worker"
        with pytest.raises(probes.Silent, match="503"):
            await probes.http(port, "/readyz")
        process.terminate()
        assert await process.wait() == 0, "it stops in order while it waits"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
