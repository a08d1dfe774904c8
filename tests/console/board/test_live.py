"""What casework streams becomes one word: look again. No row, no name and no id of anybody passes."""

import asyncio
from collections.abc import AsyncIterator

from services.console.board import live

MANY = 50


async def rows(more: asyncio.Event) -> AsyncIterator[str]:
    """Changes as casework tells them, then silence until `more`, then the end."""
    for place in range(1, MANY + 1):
        for line in (f"id: {place}", "event: row", 'data: {"person_id": "secret"}', ""):
            yield line
    yield ": still here"
    await more.wait()


async def test_many_changes_are_one_word_with_the_last_place() -> None:
    more, stop = asyncio.Event(), asyncio.create_task(asyncio.Event().wait())
    found = [frame async for frame in _until_the_word(rows(more), stop)]
    assert found == [live.STILL_HERE, f"id: {MANY}\nevent: changed\ndata: look again\n\n"]
    stop.cancel()


async def test_it_ends_when_the_process_stops_and_when_casework_ends() -> None:
    stopping = asyncio.Event()
    stop = asyncio.create_task(stopping.wait())
    frames = live._gathered(rows(asyncio.Event()), stop)  # pyright: ignore[reportPrivateUsage]
    assert await anext(frames) == live.STILL_HERE
    stopping.set()
    async with asyncio.timeout(5):
        assert [frame async for frame in frames if "changed" not in frame] == []
    ended = asyncio.Event()
    ended.set()
    never = asyncio.create_task(asyncio.Event().wait())
    async with asyncio.timeout(5):
        rest = [frame async for frame in live._gathered(rows(ended), never)]  # pyright: ignore[reportPrivateUsage]
    assert rest == [live.STILL_HERE], "the browser comes again from the last place it was told"
    never.cancel()


async def _until_the_word(lines: AsyncIterator[str], stop: "asyncio.Task[bool]") -> AsyncIterator[str]:
    async for frame in live._gathered(lines, stop):  # pyright: ignore[reportPrivateUsage]
        yield frame
        if "changed" in frame:
            return
