"""What runs for ever ends when it is told to, whatever arrives in that very moment."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client as Nats
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client as Temporal

from shared import log
from shared.events.envelope import write
from shared.ids import new_id
from shared.inbox.consumer import Consumers, HandlerGroup
from shared.supervise import raise_if_cancelled, restarting
from tests.shared.ground import Ground, Probed, Quiet, relay_of
from tests.shared.inbox.test_consumer import event, publish

SECONDS = 15
# Before loops asked whether they are still wanted, two of five did not end.
TIMES = 60


async def nothing(session: AsyncSession, happened: object) -> None:
    return None


@asynccontextmanager
async def busy(work: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Somebody does this again and again meanwhile."""

    async def again() -> None:
        while True:
            raise_if_cancelled()
            await work()

    tasks = [asyncio.ensure_future(again()) for _ in range(3)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ends(run: Callable[[], Awaitable[object]]) -> bool:
    """Begin it, tell it to stop at some moment, and see whether it does."""
    task = asyncio.ensure_future(run())
    await asyncio.sleep(0.1 + random.random() / 8)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=SECONDS)
    return bool(done)


async def test_consumers_end_while_messages_arrive(ground: Ground, fresh_streams: Nats) -> None:
    body = write(event(new_id()))
    await publish(fresh_streams, body)

    def hearing() -> Awaitable[None]:
        groups = [HandlerGroup(name, "casework", {Probed: nothing, Quiet: nothing}) for name in ("one", "two")]
        return Consumers(ground.work, fresh_streams, groups).run()

    async with busy(lambda: fresh_streams.jetstream().publish(Probed.subject(), body.encode())):
        for number in range(TIMES):
            assert await ends(hearing), f"the {number + 1}th did not stop"


async def test_a_relay_ends_while_facts_are_told(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
) -> None:
    probe = await ground.probe()
    async with busy(lambda: ground.happen(probe, times=3)):
        for number in range(TIMES // 3):
            assert await ends(relay_of(ground, fresh_streams, temporal_client).run), f"the {number + 1}th did not stop"


async def test_kept_work_that_drops_its_cancellation_ends() -> None:
    """As `asyncio.wait_for` does until Python 3.12 when its result comes in the same moment."""
    began = asyncio.Event()

    async def deaf() -> None:
        while True:
            raise_if_cancelled()
            began.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async with asyncio.timeout(SECONDS):
        async with restarting("deaf", deaf):
            await began.wait()


async def test_kept_work_begins_again_after_a_group_of_its_tasks_has_failed() -> None:
    """Until Python 3.13 such a group leaves its task counted as cancelled."""
    lives = 0
    again = asyncio.Event()

    async def fails() -> None:
        await asyncio.sleep(0.01)
        raise ConnectionError("the engine is gone")

    async def grouped() -> None:
        nonlocal lives
        raise_if_cancelled()
        lives += 1
        if lives == 3:
            again.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())

    async with asyncio.timeout(SECONDS), restarting("grouped", grouped):
        await again.wait()


@pytest.fixture
def full_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stderr", full)
        log.configure("intake", "INFO")
        yield


async def test_kept_work_goes_on_when_nothing_can_be_told_about_it(
    full_log: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its log's disk is full, and its error cannot even be described."""
    lives = 0
    again = asyncio.Event()

    async def fails() -> None:
        nonlocal lives
        lives += 1
        if lives == 3:
            again.set()
        raise OSError(28, "no room")

    def undescribed(_: BaseException) -> str:
        raise RuntimeError

    monkeypatch.setattr("shared.supervise.describe", undescribed)
    async with asyncio.timeout(SECONDS), restarting("fails", fails):
        await again.wait()
