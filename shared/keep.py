"""Work that is kept going: what dies is logged and begun again with growing pauses, never silently gone."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from shared import log
from shared.context import set_correlation
from shared.failure import describe

__all__ = ["first", "kept", "still_wanted", "together"]

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
WELL_AFTER_SECONDS = 60.0


@asynccontextmanager
async def kept(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    finite: bool = False,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[None]:
    """Keep `work` going while the block runs.

    `finite` work may end. With `stop`, work that sees it set ends by itself and is waited for; otherwise it is
    cancelled when the block ends.
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
        still_wanted()
        set_correlation("")
        started = time.monotonic()
        reason = "it ended by itself"
        try:
            # In a task of its own each time: what it leaves behind, such as a group of tasks that has failed, must not
            # make its next life look unwanted.
            await together(_once(work))
            if finite or (stop is not None and stop.is_set()):
                return
        except Exception as error:
            with suppress(Exception):  # nothing about our own notes ends what they are about
                reason = describe(error)
        if time.monotonic() - started > WELL_AFTER_SECONDS:
            pause = FIRST_PAUSE
        with suppress(Exception):
            logger.error("died and begins again", reason=reason, delay_seconds=pause)
        await first(asyncio.sleep(pause), stop.wait() if stop else None)
        pause = min(pause * 2, LONGEST_PAUSE)


def still_wanted() -> None:
    """Raise CancelledError when this task was told to stop and went on all the same.

    Every loop without an end asks at its head. Until Python 3.12 `asyncio.wait_for` drops a cancellation that comes in
    the moment its own result does, and the clients of engines wait by it: a consumer that was told to stop while a
    message arrived took the message, went on for ever, and the group of tasks that waited for it with it.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def together(*ways: Coroutine[Any, Any, None]) -> None:
    """Run endless ways side by side; when one ends or fails the others are stopped, and its error is raised.

    Not an `asyncio.TaskGroup`: until Python 3.13 a child that fails while the group waits leaves its parent counted as
    cancelled (`Task.cancelling`), and a loop that begins again after the loss of an engine would think itself unwanted.
    """
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        still_wanted()  # a stop may have been dropped on the way here, and they would run for ever
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


async def first(*ways: Coroutine[Any, Any, Any] | None) -> None:
    """Wait for whichever comes first; the others are cancelled. Errors of the ways are theirs to report."""
    tasks = [asyncio.ensure_future(way) for way in ways if way is not None]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
