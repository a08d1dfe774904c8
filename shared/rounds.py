"""Background work that comes round: every so many seconds, for ever."""

import asyncio
from collections.abc import Awaitable, Callable

from shared import log
from shared.failure import describe
from shared.supervise import raise_if_cancelled


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` now and every `seconds` of real time after it, for ever; log an error and go on."""
    while True:
        raise_if_cancelled()
        try:
            await work()
        except Exception as error:
            log.get().error("background round failed", reason=describe(error), delay_seconds=seconds)
        await asyncio.sleep(seconds)
