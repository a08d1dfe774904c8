"""The board's changes as casework streams them, read once for all readers of the same teams in this process.

The connection is opened, read and closed in a task of its own, and a reader only waits for an event. When a browser
disconnects, the server cancels the reader repeatedly, so whatever connection the reader held would never be closed.
"""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from uuid import UUID

from services.console.backend.client import Service
from services.console.backend.errors import Away, Refused
from shared import log
from shared.failure import describe
from shared.supervise import wait_first

MOST_OF_AN_ACCOUNT, MOST_UPSTREAMS = 4, 50
# A transaction may commit after a change with a later position: a reader that resumes from a position this near gets a
# change twice rather than never. Casework goes back by the same interval.
OVERLAP_MICROSECONDS = 10_000_000


class Reader:
    """One open page: the changes it has not sent yet, and an event that wakes it."""

    def __init__(self, since: int | None) -> None:
        self.since = since
        self.bell = asyncio.Event()
        self.place = 0
        self.changed = self.still_here = self.ended = self.gave_way = False

    def end(self, *, gave_way: bool = False) -> None:
        """End the stream; `gave_way` when the account or the process has too many open."""
        self.ended, self.gave_way = True, self.gave_way or gave_way
        self.bell.set()

    def tell(self, place: int) -> None:
        self.place, self.changed = place, True
        self.bell.set()

    def beat(self) -> None:
        self.still_here = True
        self.bell.set()


class Upstream:
    """One stream of casework and its readers."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self._begins: int | None = None  # changes before this position are unknown here
        self._place = self._newest = 0

    def join(self, reader: Reader) -> None:
        """Add a reader; one that may have missed a change is notified at once."""
        self.readers.add(reader)
        if self._begins is not None:
            self._catch_up(reader, self._newest + OVERLAP_MICROSECONDS)

    async def read(self, casework: Service, place: int | None, stopping: asyncio.Event) -> None:
        """Pass on changes until casework is away or ends the stream (token expired), nobody reads, or we stop."""
        try:
            await wait_first(self._lines(casework, place), stopping.wait())
        finally:
            for reader in self.readers:
                reader.end()

    async def _lines(self, casework: Service, place: int | None) -> None:
        last = None if place is None else str(place)
        try:
            async with casework.stream("/board/stream", last_event_id=last) as answer:
                async for line in answer.aiter_lines():
                    self.take(line)
        except (Away, Refused):
            pass  # the browser reconnects by itself, and the page then shows the reason
        except Exception as error:
            log.get(part="board").error("the board's stream ended", reason=describe(error))

    def take(self, line: str) -> None:
        """Handle one line of casework's stream."""
        if line.startswith("id: ") and line[4:].isdecimal():
            self._place = int(line[4:])
            if self._begins is None:
                self._begins = self._place
                for reader in self.readers:
                    self._catch_up(reader, self._begins)
        elif line in ("event: row", "event: reload"):
            self._newest = max(self._newest, self._place)
            for reader in self.readers:
                reader.tell(self._place)
        elif line.startswith(": still"):
            for reader in self.readers:
                reader.beat()

    def _catch_up(self, reader: Reader, known_from: int) -> None:
        if reader.since is not None and reader.since < max(self._begins or 0, known_from):
            reader.tell(self._place)


class Changes:
    """Every open stream of this process: at most one upstream per set of teams, and four readers per account."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._upstreams: dict[frozenset[UUID], tuple[Upstream, asyncio.Task[None]]] = {}
        self._mine: dict[UUID, list[Reader]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @contextmanager
    def reading(self, casework: Service, account: UUID, teams: Iterable[UUID], place: int | None) -> Generator[Reader]:
        """Yield a reader from position `place` on. The fifth reader of an account ends the oldest."""
        reader, key = Reader(place), frozenset(teams)
        mine = self._mine.setdefault(account, [])
        mine.append(reader)
        for older in mine[:-MOST_OF_AN_ACCOUNT]:
            older.end(gave_way=True)
        upstream = self._upstream(key, casework, place)
        if upstream is None:
            reader.end(gave_way=True)
        else:
            upstream.join(reader)
        try:
            yield reader
        finally:
            mine.remove(reader)
            if not mine:
                self._mine.pop(account, None)
            if upstream is not None:
                self._leave(key, upstream, reader)

    async def free(self) -> bool:
        """Return whether there is room for the stream of another set of teams."""
        return len(self._upstreams) < MOST_UPSTREAMS

    def _upstream(self, key: frozenset[UUID], casework: Service, place: int | None) -> Upstream | None:
        found = self._upstreams.get(key)
        if found is not None and not found[1].done():
            return found[0]
        if found is None and len(self._upstreams) >= MOST_UPSTREAMS:
            return None
        upstream = Upstream()
        task = asyncio.create_task(upstream.read(casework, place, self._stopping), name="board-upstream")
        self._upstreams[key] = upstream, task
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return upstream

    def _leave(self, key: frozenset[UUID], upstream: Upstream, reader: Reader) -> None:
        """Remove a reader, and close the stream that nobody reads any more."""
        upstream.readers.discard(reader)
        found = self._upstreams.get(key)
        if found is not None and found[0] is upstream and not upstream.readers:
            del self._upstreams[key]
            found[1].cancel()
