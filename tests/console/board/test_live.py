"""Casework's stream becomes one event that refreshes the page.

It carries no row, no name and no id of anybody, and a reader that leaves keeps no connection open.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast
from uuid import UUID, uuid4

import psutil
import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from services.console.backend.changes import MOST_OF_AN_ACCOUNT, OVERLAP_MICROSECONDS, Changes, Reader
from services.console.backend.client import Service
from services.console.backend.pools import STRANGERS, Clients
from services.console.board import live
from tests.casework.world import until
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand

TEAM = uuid4()
PLACE = 1_772_445_600_000_000


class Casework:
    """A stream that says what the test says; `open` counts its connections."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.open = self.opened = 0
        self.asked_from: list[str | None] = []

    @asynccontextmanager
    async def stream(self, path: str, *, last_event_id: str | None = None) -> AsyncIterator["Casework"]:
        assert path == "/board/stream"
        self.open, self.opened = self.open + 1, self.opened + 1
        self.asked_from.append(last_event_id)
        try:
            yield self
        finally:
            await asyncio.sleep(0)  # as a connection, it is not closed in one step
            self.open -= 1

    async def aiter_lines(self) -> AsyncIterator[str]:
        while (line := await self.lines.get()) is not None:
            yield line

    def say(self, *lines: str | None) -> None:
        for line in lines:
            self.lines.put_nowait(line)

    def row(self, place: int) -> None:
        self.say(f"id: {place}", "event: row", 'data: {"person_id": "secret"}', "")


@pytest.fixture
def casework() -> Casework:
    return Casework()


@pytest.fixture
def changes() -> Changes:
    return Changes(asyncio.Event())


@contextmanager
def page(
    changes: Changes, casework: Casework, since: int | None = PLACE, account: UUID | None = None, team: UUID = TEAM
) -> Iterator[Reader]:
    with changes.reading(cast(Service, casework), account or uuid4(), [team], since) as reader:
        yield reader


async def frames(reader: Reader, count: int) -> list[str]:
    """Return the next frames without the greeting."""
    found: list[str] = []
    async with asyncio.timeout(10):
        async for frame in live.words(reader):
            found += [frame] if frame != live.WELCOME else []
            if len(found) == count:
                break
    return found


def changed(place: int) -> str:
    return f"id: {place}\nevent: changed\ndata: look again\n\n"


async def closed(casework: Casework) -> None:
    async def none_open() -> bool:
        return casework.open == 0

    await until(none_open)


async def test_many_changes_are_one_word_with_the_last_place(changes: Changes, casework: Casework) -> None:
    with page(changes, casework) as reader:
        casework.say(f"id: {PLACE}", ": welcome", "")
        for more in range(1, 51):
            casework.row(PLACE + more)
        casework.say(": still here")
        assert await frames(reader, 2) == [live.STILL_HERE, changed(PLACE + 50)]
    assert casework.asked_from == [str(PLACE)]


async def test_a_reload_of_caseworks_is_told_as_a_change(changes: Changes, casework: Casework) -> None:
    with page(changes, casework) as reader:
        casework.say(f"id: {PLACE + 9}", "event: reload", "data: {}", "")
        assert await frames(reader, 1) == [changed(PLACE + 9)]


@pytest.mark.parametrize("how", ["stops", "ends"])
async def test_it_ends_when_the_process_stops_and_when_casework_ends(casework: Casework, how: str) -> None:
    stopping = asyncio.Event()
    with page(Changes(stopping), casework) as reader:
        casework.say(f"id: {PLACE}", ": still here")
        assert await frames(reader, 1) == [live.STILL_HERE]
        stopping.set() if how == "stops" else casework.say(None)
        async with asyncio.timeout(10):
            assert [frame async for frame in live.words(reader)] == [live.WELCOME]
    await closed(casework)


async def test_one_upstream_for_a_team_whoever_reads(changes: Changes, casework: Casework) -> None:
    with page(changes, casework) as one, page(changes, casework) as two:
        casework.row(PLACE + 1)
        assert await frames(one, 1) == await frames(two, 1) == [changed(PLACE + 1)]
        assert casework.opened == 1
        theirs = Casework()
        with page(changes, theirs, team=uuid4()) as elsewhere:
            theirs.say(": still here")
            assert await frames(elsewhere, 1) == [live.STILL_HERE]
            assert not one.still_here and (casework.opened, theirs.opened) == (1, 1), "each team has one of its own"
    await closed(casework)
    with page(changes, casework) as again:
        casework.say(": still here")
        assert await frames(again, 1) == [live.STILL_HERE]
        assert casework.opened == 2, "opened again by the next reader"
    await closed(casework)


async def test_who_joins_later_has_missed_nothing(changes: Changes, casework: Casework) -> None:
    newest = PLACE + 60_000_000
    with page(changes, casework) as first:
        casework.say(f"id: {PLACE}", ": welcome", "")
        casework.row(newest)
        assert await frames(first, 1) == [changed(newest)]
        with page(changes, casework, since=PLACE) as later:
            assert await frames(later, 1) == [changed(newest)], "it changed after that page was made"
        with page(changes, casework, since=PLACE - 1) as older:
            assert await frames(older, 1) == [changed(newest)]
        with page(changes, casework, since=newest + OVERLAP_MICROSECONDS) as fresh:
            assert not fresh.changed
        with page(changes, casework, since=None) as unknown:
            assert not unknown.changed
    with page(changes, casework, since=PLACE + 5), page(changes, casework, since=PLACE) as before:
        casework.say(f"id: {PLACE + 5}", "")
        assert await frames(before, 1) == [changed(PLACE + 5)], "the stream began after its place"


async def test_a_fifth_page_of_an_account_ends_the_oldest(changes: Changes, casework: Casework) -> None:
    me = uuid4()
    pages = [page(changes, casework, account=me) for _ in range(MOST_OF_AN_ACCOUNT + 1)]
    readers = [each.__enter__() for each in pages]
    assert [reader.ended for reader in readers] == [True] + [False] * MOST_OF_AN_ACCOUNT
    assert await frames(readers[0], 1) == [live.COME_LATER]
    with page(changes, casework) as somebody_else:
        assert not somebody_else.ended
    for each in pages:
        each.__exit__(None, None, None)
    await closed(casework)


async def test_no_more_upstreams_than_there_is_room_for(
    changes: Changes, casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.backend.changes.MOST_UPSTREAMS", 1)
    with page(changes, casework), page(changes, casework), page(changes, casework, team=uuid4()) as too_many:
        assert not await changes.free()
        assert await frames(too_many, 1) == [live.COME_LATER]
    assert await changes.free()


async def test_a_full_pool_says_so_and_strangers_leave_staff_their_own() -> None:
    """Twenty slow answers to strangers: readiness tells, and staff still get theirs."""
    asked, answer = asyncio.Semaphore(0), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"authorization" not in head.lower():
            asked.release()
            await answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    clients = Clients.opened()
    stranger = Service("referrals", base, clients, None)
    waiting = [asyncio.create_task(stranger.get("/")) for _ in range(STRANGERS)]
    for _ in waiting:
        await asked.acquire()
    assert not await clients.free()
    assert await Service("casework", base, clients, lambda: "token").get("/") == {}
    answer.set()
    await asyncio.gather(*waiting)
    assert await clients.free()
    await clients.aclose()
    server.close()


async def test_streams_opened_and_dropped_leave_nothing(home: Home, supervisor: Hand) -> None:
    """Three hundred visits to the board, one after the other, as anybody makes in a day."""
    process = psutil.Process(home.stack.pid("console"))
    casework = home.stack.settings().port("casework")

    def connections() -> int:
        held = process.net_connections(kind="tcp")
        return sum(bool(one.raddr) and one.raddr.port == casework for one in held)

    assert (await supervisor.get("/board")).status_code == 200
    headers: Any = {**supervisor.cookie(), "Accept": "text/event-stream"}
    for _ in range(300):
        async with supervisor.http.stream("GET", "/board/stream", headers=headers) as answer:
            assert answer.status_code == 200
            assert await anext(answer.aiter_lines()) == "retry: 2000"
    assert (await supervisor.get("/board")).status_code == 200
    ready = await supervisor.http.get("/readyz")
    assert ready.json()["missing"] == []

    async def given_back() -> bool:
        return connections() <= 20  # those that pages keep for one another

    await until(given_back)


async def the_look(page: Page) -> None:
    """As when the stream says that something changed."""
    async with page.expect_response("**/board"):
        await page.evaluate("htmx.trigger('#board-look', 'sse:changed')")


@pytest.mark.usefixtures("apart")
async def test_what_is_new_above_the_list_is_counted_too(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("supervisor")
    await page.goto("/board")
    await expect(page.locator("#board-live")).to_contain_text("Live")
    show, mine = page.locator("#board-show"), page.locator("section[aria-labelledby=needs-you] .board-row")
    await expect(mine).to_have_count(0)
    person = await scene.register(f"Synthetic {uuid4()}")
    raised = {"about": "adult", "what": "Bruises on both arms. (synthetic)"}
    for count in (1, 2):  # two of one person are two
        await scene.worker.post("intake", f"/people/{person}/concerns", raised)
        await the_look(page)
        await expect(show).to_have_text(f"{count} changed: show")
    await expect(mine).to_have_count(0)
    await show.click()
    await expect(mine).to_have_count(2)
    await the_look(page)
    await expect(show).to_be_hidden()


@pytest.fixture
async def supervisor(home: Home, hand: Hand) -> Hand:
    await hand.sign_in("supervisor", PASSWORD)
    return hand


@pytest.mark.parametrize("place", ["x", "-5", "9" * 23, "１２"])
async def test_a_place_that_is_none_is_refused(supervisor: Hand, place: str) -> None:
    for path, headers in ((f"/board/stream?from={place}", {}), ("/board/stream", {"Last-Event-ID": place})):
        if place.isascii() or not headers:
            assert (await supervisor.get(path, headers=headers)).status_code == 400
