"""The faults: each breaks something for a while, and restores it whatever happens meanwhile."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psutil

from deploy.chaos import disk, restore
from deploy.chaos.kinds import CUTS
from deploy.chaos.place import Place
from deploy.chaos.plan import Fault
from deploy.errors import StackError
from shared import nats as shared_nats

BACK_SECONDS = 240.0
FILL_SECONDS = 0.5
# The longest wait for an email that the relay can refuse.
REFUSES_SECONDS = 20.0


async def strike(place: Place, fault: Fault) -> None:
    """Make one fault and end it."""
    if fault.kind in CUTS:
        async with place.proxies[fault.target].cut(fault.kind):
            await asyncio.sleep(fault.seconds)
        return
    await DOING[fault.kind](place, fault)


async def kill(place: Place, fault: Fault) -> None:
    """Kill a process by SIGKILL, as in a crash; the supervisor restarts it."""
    await place.stack.wait_ready(fault.target, BACK_SECONDS)
    place.stack.kill(fault.target)
    await place.stack.wait_ready(fault.target, BACK_SECONDS)


async def freeze(place: Place, fault: Fault) -> None:
    """Stop a process and its children by SIGSTOP, as on a machine without processor time for them."""
    await place.stack.wait_ready(fault.target, BACK_SECONDS)
    pid = place.stack.pid(fault.target)
    if pid is None:
        raise StackError(f"{fault.target} is not running")
    async with _stopped(pid):
        await asyncio.sleep(fault.seconds)


@asynccontextmanager
async def _stopped(pid: int) -> AsyncIterator[None]:
    stopped: list[int] = []
    try:
        with contextlib.suppress(psutil.Error):
            for found in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                stopped.append(found.pid)
                _send(found.pid, signal.SIGSTOP)
        yield
    finally:
        for each in stopped:
            _send(each, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


async def purge(place: Place, fault: Fault) -> None:
    """Purge one service's stream, as by an operator's mistake."""
    connection = await shared_nats.connect_once(place.stack.settings())
    try:
        stream = shared_nats.stream_name(fault.target)
        before = (await connection.jetstream().stream_info(stream)).state.messages
        await connection.jetstream().purge_stream(stream)
        place.seen["events deleted from a stream"] += before
    finally:
        await connection.close()


async def relay(place: Place, fault: Fault) -> None:
    """Make the mail relay refuse us, whoever the recipient is, for a while."""
    before = place.relay.refused
    async with place.relay.refusing():
        await asyncio.sleep(fault.seconds)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(place.relay.met.wait(), REFUSES_SECONDS)
    place.seen["emails that the relay refused"] += place.relay.refused - before


async def full_disk(place: Place, fault: Fault) -> None:
    """Fill the disk, and again whenever space was freed meanwhile; then free it."""
    ballast = place.disk / "ballast"
    until = time.monotonic() + fault.seconds
    try:
        while time.monotonic() < until:
            await asyncio.to_thread(disk.fill, ballast)
            await asyncio.sleep(FILL_SECONDS)
    finally:
        await asyncio.to_thread(ballast.unlink, True)


DOING: dict[str, Callable[[Place, Fault], Awaitable[None]]] = {
    "kill": kill,
    "freeze": freeze,
    "purge": purge,
    "relay": relay,
    "disk": full_disk,
    "restore": restore.older,
}
