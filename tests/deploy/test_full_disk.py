"""A full disk, then freed: every part goes on by itself, and nothing that was accepted is lost.

On a small file system in memory, for which the machine must let us mount one; where it does not, this is skipped.
"""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from deploy import probes
from deploy.stack import SERVICES, Stack

SIZE = "500m"
SECONDS = 180


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Filled:
    """Everything on the small disk, and those who work on it."""

    def __init__(self, disk: Path, http: httpx.AsyncClient) -> None:
        self.disk, self.http = disk, http
        self.said: list[str] = []
        self.stack = Stack(disk / "data", durable=False, say=self.said.append, unwell_seconds=6)
        self.refused = 0

    @property
    def ballast(self) -> Path:
        return self.disk / "ballast"

    def fill(self) -> None:
        """To the last byte, and again whenever something was given back meanwhile."""
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (1_000_000, 4_096, 1):
                try:
                    while True:
                        if file.write(b"0" * size) < size:
                            break
                except OSError:
                    continue

    async def register(self, name: str, until: Callable[[], bool]) -> str | None:
        """One command with one key, repeated until it is taken; None when it is given up before that."""
        key = str(uuid4())
        while True:
            headers = {"Authorization": f"Bearer {self.stack.token('worker')}", "Idempotency-Key": key}
            try:
                url = f"{self.stack.url('intake')}/people"
                answer = await self.http.post(url, json={"alias": f"Synthetic {name}"}, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                return str(answer.json()["id"])
            if answer is not None:
                self.refused += 1
                assert answer.status_code == 503, answer.text
                assert answer.headers["Retry-After"], answer.text
            if until():
                return None
            await asyncio.sleep(0.2)

    async def known_to_casework(self, person: str) -> None:
        """Until a case can be opened: what intake took has come through the outbox, the stream and a handler."""
        headers = {"Authorization": f"Bearer {self.stack.token('supervisor')}", "Idempotency-Key": str(uuid4())}
        body = {"person_id": person}

        async def opened() -> bool:
            answer = await self.http.post(f"{self.stack.url('casework')}/cases", json=body, headers=headers)
            return answer.status_code == 201

        await _soon(opened, f"{person} is not known to casework")


@pytest.fixture
async def filled(disk: Path) -> AsyncIterator[Filled]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        found = Filled(disk, http)
        await found.stack.start()
        try:
            yield found
        finally:
            found.ballast.unlink(missing_ok=True)
            await found.stack.stop()


async def test_a_full_disk_that_is_freed_leaves_nothing_dead_and_nothing_lost(filled: Filled) -> None:
    stack = filled.stack
    before = [await filled.register(str(number), lambda: False) for number in range(3)]
    await asyncio.to_thread(filled.fill)
    freed = asyncio.Event()

    async def works(number: int) -> list[str]:
        """Somebody who works on meanwhile, the same command again and again until it is taken."""
        taken: list[str] = []
        while not freed.is_set():
            if person := await filled.register(f"{number}", lambda: False):
                taken.append(person)
        return taken

    working = [asyncio.create_task(works(number)) for number in range(3)]
    try:
        # Until somebody has met it, and then what a crash would do on top of it.
        await _soon(lambda: _is(filled.refused >= 5), "nobody met the full disk", meanwhile=filled.fill)
        for name in ("worker", "casework"):
            stack.kill(name)
        # It holds nothing, so it is back before there is room; what needs a database may have to wait for it.
        await stack.wait_ready("worker", SECONDS)
        filled.ballast.unlink()
        freed.set()
        taken = [person for found in await asyncio.wait_for(asyncio.gather(*working), SECONDS) for person in found]
    finally:
        for task in working:
            task.cancel()
    # Also the next crash after it is met by a supervisor that is still there.
    stack.kill("worker")
    await stack.wait_ready("worker", SECONDS)
    for name in stack.pids:
        await _soon(lambda name=name: _is(stack.status[name]["ready"]), f"{name} is not ready: {filled.said}")
    await _soon(lambda: _answers(stack.ports.nats_monitor, "/healthz"), f"NATS is not well: {filled.said}")
    for service in SERVICES:
        await _soon(lambda service=service: _answers(getattr(stack.ports, service), "/readyz"), f"{service} is away")
    for person in [*before, *taken]:
        assert person is not None
        await filled.known_to_casework(person)
    records = stack.folder.processes
    await _soon(
        lambda: _is(all(f'"pid": {pid},' in records.read_text() for pid in stack.pids.values())), "not written down"
    )


async def _answers(port: int, path: str) -> bool:
    try:
        await probes.http(port, path)
    except (OSError, probes.Silent):
        return False
    return True


async def _is(what: bool) -> bool:
    return what


async def _soon(
    question: Callable[[], Awaitable[bool]], else_: str, *, meanwhile: Callable[[], None] | None = None
) -> None:
    limit = time.monotonic() + SECONDS
    while not await question():
        assert time.monotonic() < limit, else_
        if meanwhile is not None:
            await asyncio.to_thread(meanwhile)
        await asyncio.sleep(0.1)
