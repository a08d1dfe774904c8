"""Supervision of background work: work that fails is logged and restarted with growing pauses, never lost silently."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from shared import log
from shared.context import set_correlation
from shared.failure import describe

__all__ = ["raise_if_cancelled", "restarting", "run_all", "wait_first"]

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
WELL_AFTER_SECONDS = 60.0


@asynccontextmanager
async def restarting(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    finite: bool = False,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[None]:
    """Run `work` while the block runs, and restart it when it fails or ends.

    `finite` work may end. Work with a `stop` event ends by itself once the event is set, and the block waits for it;
    other work is cancelled when the block ends.
    """
    task = asyncio.create_task(_keep(name, work, finite, stop), name=name)
    try:
        yield
    finally:
        if stop is None or not stop.is_set():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep(name: str, work: Callable[[], Awaitable[object]], finite: bool, stop: asyncio.Event | None) -> None:
    logger = log.get(part=name)
    pause = FIRST_PAUSE
    while stop is None or not stop.is_set():
        raise_if_cancelled()
        set_correlation("")
        started = time.monotonic()
        reason = "it ended by itself"
        try:
            # Each run has a task of its own: a cancellation count left behind, as by a failed task group, must not make
            # the next run look cancelled.
            await run_all(_once(work))
            if finite or (stop is not None and stop.is_set()):
                return
        except Exception as error:
            with suppress(Exception):  # a failure to log must not end the work
                reason = describe(error)
        if time.monotonic() - started > WELL_AFTER_SECONDS:
            pause = FIRST_PAUSE
        with suppress(Exception):
            logger.error("died and begins again", reason=reason, delay_seconds=pause)
        await wait_first(asyncio.sleep(pause), stop.wait() if stop else None)
        pause = min(pause * 2, LONGEST_PAUSE)


def raise_if_cancelled() -> None:
    """Raise CancelledError when this task was cancelled and the cancellation was lost.

    Every endless loop calls this at its head. Until Python 3.12 `asyncio.wait_for` drops a cancellation that arrives
    together with its own result, and the clients of engines use `wait_for`: a consumer that was cancelled while a
    message arrived handled the message and ran for ever, and so did the task group that waited for it.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def run_all(*ways: Coroutine[Any, Any, None]) -> None:
    """Run endless coroutines side by side; when one ends or fails, cancel the others and raise its error.

    Not an `asyncio.TaskGroup`: until Python 3.13 a child that fails while the group waits leaves its parent counted as
    cancelled (`Task.cancelling`), and a loop that restarts after the loss of an engine would take itself for cancelled.
    """
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        raise_if_cancelled()  # a cancellation lost before this line would leave the coroutines running for ever
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        if not task.cancelled():
            task.result()


async def _once(work: Callable[[], Awaitable[object]]) -> None:
    await work()


async def wait_first(*ways: Coroutine[Any, Any, Any] | None) -> None:
    """Wait until the first of the coroutines ends, and cancel the others. Their errors are not raised here."""
    tasks = [asyncio.ensure_future(way) for way in ways if way is not None]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
