"""The board's changes as they happen: what casework streams, gathered to one word a second for the page to look again.

Nothing about anybody travels here: the page asks for itself anew, and is checked as any page is.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from services.console.back.client import Service
from services.console.back.errors import Away, Refused

GATHER_SECONDS = 0.3
AT_MOST_EVERY_SECONDS = 1.0
WELCOME = "retry: 2000\n\n"
STILL_HERE = ": still here\n\n"


async def words(casework: Service, last: str | None, stopping: asyncio.Event) -> AsyncIterator[str]:
    """Frames for one reader, until casework ends the stream (the token's end), is away, or we stop."""
    yield WELCOME
    stop = asyncio.create_task(stopping.wait())
    try:
        with suppress(Away, Refused):  # the browser comes again by itself, and is then told why by the page
            async with casework.stream("/board/stream", last_event_id=last) as upstream:
                async for frame in _gathered(upstream.aiter_lines(), stop):
                    yield frame
    finally:
        stop.cancel()


async def _gathered(lines: AsyncIterator[str], stop: "asyncio.Task[bool]") -> AsyncIterator[str]:
    place, due, told = "", None, 0.0
    coming = asyncio.create_task(_next(lines))
    try:
        while True:
            left = None if due is None else max(0.0, due - time.monotonic())
            await asyncio.wait({coming, stop}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                return
            if due is not None and time.monotonic() >= due:
                yield f"id: {place}\nevent: changed\ndata: look again\n\n"
                due, told = None, time.monotonic()
            if coming.done():
                line = coming.result()
                if line is None:
                    return
                coming = asyncio.create_task(_next(lines))
                if line.startswith("id: "):
                    place = line.removeprefix("id: ")
                elif line.startswith(": still"):
                    yield STILL_HERE
                elif line == "event: row" and due is None:
                    due = max(time.monotonic() + GATHER_SECONDS, told + AT_MOST_EVERY_SECONDS)
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming


async def _next(lines: AsyncIterator[str]) -> str | None:
    return await anext(lines, None)
