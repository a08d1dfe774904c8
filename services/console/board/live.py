"""The board's changes as they happen: casework's stream, reduced to at most one event a second that refreshes the page.

No data about anybody is in the stream: the page requests itself anew, and is authorised as any page is.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, suppress

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.console.backend.changes import Reader

GATHER_SECONDS = 0.3
AT_MOST_EVERY_SECONDS = 1.0
WELCOME = "retry: 2000\n\n"
COME_LATER = "retry: 60000\n\n"
STILL_HERE = ": still here\n\n"


class Live(StreamingResponse):
    """The event stream of one open page."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Reader]]) -> None:
        super().__init__((), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._reading = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The reader is closed here and nowhere else: an abandoned generator is closed at some later time, or never.
        with self._reading() as reader:
            self.body_iterator = words(reader)
            await super().__call__(scope, receive, send)


async def words(reader: Reader) -> AsyncGenerator[str]:
    """Yield the frames for one reader until its stream ends."""
    yield WELCOME
    due, told = None, 0.0
    while not reader.ended:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                await reader.bell.wait()
        reader.bell.clear()
        if reader.still_here:
            reader.still_here = False
            yield STILL_HERE
        if due is not None and time.monotonic() >= due:
            reader.changed, due, told = False, None, time.monotonic()
            yield f"id: {reader.place}\nevent: changed\ndata: look again\n\n"
        elif reader.changed and due is None:
            due = max(time.monotonic() + GATHER_SECONDS, told + AT_MOST_EVERY_SECONDS)
    if reader.gave_way:
        yield COME_LATER
