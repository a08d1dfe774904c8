"""The board's stream over a real HTTP server: rows as they change, resumed without a gap, ended in order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from services.casework.board import feed
from shared.context import Actor
from tests.casework.test_board import report, row
from tests.casework.world import World, until


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """Where the application really listens: the in-process transport cannot leave a stream early."""
    server = uvicorn.Server(uvicorn.Config(world.app, port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    world.services.stopping.set()
    server.should_exit = True
    async with asyncio.timeout(5):
        await serving


@asynccontextmanager
async def stream(
    world: World, address: str, *, last: str | None = None, query: str = "", **token: Any
) -> AsyncIterator["asyncio.Queue[dict[str, Any] | None]"]:
    """Events as they come; None when the stream has ended."""
    headers = {"Authorization": f"Bearer {world.token(**token)}", **({"Last-Event-ID": last} if last else {})}
    queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    opened = asyncio.Event()

    async def read() -> None:
        async with (
            httpx.AsyncClient(timeout=30, trust_env=False) as client,
            client.stream("GET", f"{address}/board/stream{query}", headers=headers) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            event: dict[str, Any] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = json.loads(value) if name == "data" else value
                elif not line:
                    if "data" in event:
                        queue.put_nowait(event)
                    event = {}
                    opened.set()
        queue.put_nowait(None)

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(5):
            await opened.wait()
        yield queue
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def next_of(queue: "asyncio.Queue[dict[str, Any] | None]") -> Any:
    async with asyncio.timeout(5):
        return await queue.get()


async def test_changes_come_as_they_happen_to_the_own_team(world: World, address: str) -> None:
    async with (
        stream(world, address) as mine,
        stream(world, address, teams=[world.other_team]) as theirs,
    ):
        one = await report(world, row(world))
        foreign = await report(world, row(world, team_id=str(world.other_team)))
        event = await next_of(mine)
        assert (event["data"]["id"], event["data"]["stage"]) == (str(one.row_id), "sent")
        assert (await next_of(theirs))["data"]["id"] == str(foreign.row_id)
        await report(world, row(world, row_id=one.row_id, stage="accepted"))
        later = await next_of(mine)
        assert later["data"]["stage"] == "accepted" and later["data"]["version"] > event["data"]["version"]
        await report(world, row(world, row_id=one.row_id), closed=True)
        assert (await next_of(mine))["data"]["closed"] is True
        await asyncio.sleep(1.2)  # two more looks at the last ten seconds tell nothing twice
        assert mine.empty() and theirs.empty()


async def test_resuming_leaves_no_gap(world: World, address: str) -> None:
    async with stream(world, address) as first:
        before = await report(world, row(world))
        last = (await next_of(first))["id"]
    missed = [await report(world, row(world)) for _ in range(3)]
    async with stream(world, address, last=last) as again:
        got = [(await next_of(again))["data"]["id"] for _ in range(4)]
        assert got == [str(each.row_id) for each in (before, *missed)]  # what is near the place comes again
        fresh = await report(world, row(world))
        assert (await next_of(again))["data"]["id"] == str(fresh.row_id)
    # From a page of the board on.
    place = (await world.ok("GET", "/board"))["stream_from"]
    missed_one = await report(world, row(world))
    async with stream(world, address, last=place) as again:
        got = [(await next_of(again))["data"]["id"] for _ in range(6)]
        assert got[-1] == str(missed_one.row_id)


async def test_whoever_was_long_away_or_missed_much_reads_the_board_anew(
    world: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every row the team ever had, into memory, for each that comes again."""
    async with world.services.work.transaction(Actor.service("test")) as session:
        now = await feed.newest(session)
    written = {str((await report(world, row(world))).row_id)}
    long_ago = feed.position(now - feed.LONGEST_CATCH_UP - timedelta(seconds=1))
    for asked in ({"last": long_ago}, {"query": f"?from={long_ago}"}, {"last": "1"}):
        async with stream(world, address, **asked) as queue:
            event = await next_of(queue)
            assert (event["event"], event["data"]) == ("reload", {})
            written.add(str((await report(world, row(world))).row_id))
            # Any of them: the reader that the last stream left behind may not have passed on its row yet.
            assert (await next_of(queue))["data"]["id"] in written
    monkeypatch.setattr(feed, "MOST_TO_CATCH_UP", 2)
    async with stream(world, address, last=feed.position(now)) as queue:
        assert (await next_of(queue))["event"] == "reload"
    monkeypatch.setattr(feed, "MOST_TO_CATCH_UP", 500)
    async with stream(world, address, query=f"?from={feed.position(now)}") as queue:
        assert (await next_of(queue))["event"] == "row", "what it missed, from the place in the address"


async def test_a_commit_that_comes_late_is_still_told(world: World, address: str) -> None:
    """Its place in the order is older than what was told meanwhile."""
    slow = await report(world, row(world))
    async with stream(world, address) as queue:
        assert (await next_of(queue))["data"]["id"] == str(slow.row_id)  # written just before: rather twice than never
        async with world.services.work.transaction(Actor.service("test")) as session:
            await session.execute(text("UPDATE board_rows SET stage = 'booked' WHERE id = :id"), {"id": slow.row_id})
            quick = await report(world, row(world))
            assert (await next_of(queue))["data"]["id"] == str(quick.row_id)
            await asyncio.sleep(0.6)
        event = await next_of(queue)
        assert (event["data"]["id"], event["data"]["stage"]) == (str(slow.row_id), "booked")


async def test_it_ends_with_the_token(world: World, address: str) -> None:
    async with stream(world, address, ttl=timedelta(seconds=1)) as queue:
        assert await next_of(queue) is None


async def test_it_ends_when_the_process_stops(world: World, address: str) -> None:
    async with stream(world, address) as queue:
        world.services.stopping.set()
        assert await next_of(queue) is None


async def test_who_may_not_listen(world: World, address: str) -> None:
    await world.refused(403, "GET", "/board/stream", role="commissioner")
    headers = {"Authorization": f"Bearer {world.token()}", "Last-Event-ID": "<b>"}
    answer = await world.http.get("/board/stream", headers=headers)
    assert answer.status_code == 422 and "<b>" not in answer.text
    for place in ("x", "-5", "9" * 23, "<b>"):
        await world.refused(422, "GET", f"/board/stream?from={place}")


def test_places_are_instants() -> None:
    assert feed.instant("x") is None and feed.instant("9" * 40) is None
    at = feed.instant("1772445600000001")
    assert at is not None and feed.position(at) == "1772445600000001"
