"""A cursor over the outbox: fetch the rows that are not marked yet, act on them, mark them.

The relay has two cursors, publishing and dispatching, that share nothing but the table. Rows of one key (aggregate,
workflow) are processed in order, different keys concurrently. While the engine is unavailable the cursor waits and
then resumes at the same rows; a row that is itself invalid is parked, so that the others proceed.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass

from shared import clock, log
from shared.context import set_correlation
from shared.db.direct import Direct
from shared.db.session import Database
from shared.failure import describe, is_infrastructure
from shared.outbox.rows import OutboxRow, Walk
from shared.supervise import raise_if_cancelled

__all__ = ["Act", "Cursor", "CursorState"]

# The action on a row. Its result (a sequence, or nothing) is stored with the marks.
Act = Callable[[OutboxRow], Awaitable[int | None]]

POLL_SECONDS = 0.25
# Marks are collected for this long: nobody waits for a mark, and one statement then marks many rows.
_MARK_SECONDS = 0.02
_BATCH = 256
_MOST_IN_HAND = 1024
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)  # the engine is unavailable
_PARKED_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)  # the row is invalid
# A row that fails this often while others succeed is poison: the cause is the row, whatever the error says.
_POISON_AFTER = 4


@dataclass(frozen=True)
class CursorState:
    """The state of a cursor: rows fetched and not marked yet, rows parked, and why it waits (empty: it does not)."""

    aside: int
    waiting_for: str


class Cursor:
    """A cursor over the outbox, as in the module's description.

    At most `width` rows are processed concurrently, each for at most `timeout` seconds. `wakeup` is set when rows were
    added; `prepare` runs before the first row and whenever the engine may have lost data.
    """

    def __init__(
        self,
        database: Database,
        walk: Walk,
        *,
        act: Act,
        width: int,
        timeout: float,
        wakeup: asyncio.Event,
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._sql, self._act, self._timeout = walk, act, timeout
        self._prepare, self._wakeup = prepare, wakeup
        # Two connections, so that a fetch does not wait until a mark is on disk.
        self._reading, self._marking = Direct(database), Direct(database)
        self._slots = asyncio.Semaphore(width)
        self._partitions: dict[Hashable, deque[OutboxRow]] = {}
        self._in_hand: set[int] = set()
        self._finished: list[tuple[int, int | None]] = []
        self._to_mark = asyncio.Event()
        self._room = asyncio.Event()
        self._parked: dict[int, tuple[float, int]] = {}  # row id -> (not before, times)
        self._failures: dict[int, tuple[int, int]] = {}  # row id -> (times, successes before)
        self._drops = 0
        self._successes = 0
        self._backoffs = 0
        self._not_before = 0.0
        self._waiting_for = ""
        self._unprepared = prepare is not None
        self._log = log.get(part="relay", cursor=walk.name)

    @property
    def state(self) -> CursorState:
        return CursorState(len(self._parked), self._waiting_for)

    def prepare_again(self) -> None:
        """Run `prepare` again before any further row is fetched."""
        self._unprepared = self._prepare is not None
        self._wakeup.set()

    async def run(self) -> None:
        """Process rows for ever. Rows that are unfinished at a cancellation stay unmarked, for the next relay."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._mark())
                while True:
                    raise_if_cancelled()
                    self._wakeup.clear()
                    try:
                        more = await self._step(tasks)
                    except Exception as error:
                        self._back_off(error)
                        more = True
                    if not more:
                        await _first_of(self._wakeup, POLL_SECONDS)
        finally:
            await asyncio.gather(self._reading.close(), self._marking.close())

    async def _step(self, tasks: asyncio.TaskGroup) -> bool:
        """Fetch the next rows and start their partitions; return whether more rows may be waiting."""
        await self._pause()
        if self._prepare is not None and self._unprepared:
            while self._in_hand:
                await self._wait_for_room()
            await self._pause()
            self._unprepared = False
            try:
                async with asyncio.timeout(30):
                    await self._prepare()
            except BaseException:
                self._unprepared = True
                raise
            self._recovered()
        while len(self._in_hand) >= _MOST_IN_HAND:
            await self._wait_for_room()
        drops = self._drops
        rows = await self._fetch()
        if drops != self._drops:
            return True  # earlier rows of the same keys were released meanwhile: they go first
        if not rows and not self._in_hand:
            self._recovered()
        for row in rows:
            self._in_hand.add(row.id)
            key: Hashable = getattr(row, self._sql.key)
            partition = self._partitions.get(key)
            if partition is None:
                self._partitions[key] = deque([row])
                tasks.create_task(self._walk(key, self._partitions[key]))
            else:
                partition.append(row)
        return len(rows) == _BATCH

    async def _fetch(self) -> list[OutboxRow]:
        now = time.monotonic()
        busy = self._in_hand | {row for row, (until, _) in self._parked.items() if until > now}
        return await self._reading.rows(self._sql.take, {"not_these": sorted(busy), "most": _BATCH})

    async def _walk(self, key: Hashable, partition: deque[OutboxRow]) -> None:
        """Process the rows of one key in order, until none is left or the engine is unavailable."""
        try:
            while partition:
                raise_if_cancelled()
                async with self._slots:
                    if self._backoffs and time.monotonic() < self._not_before:
                        return
                    if not await self._attempt(partition[0]):
                        return
                partition.popleft()
        finally:
            # No await from here on: a row fetched now starts a new partition.
            del self._partitions[key]
            self._in_hand.difference_update(row.id for row in partition)
            self._drops += bool(partition)
            self._room.set()

    async def _attempt(self, row: OutboxRow) -> bool:
        """Act on a row; return False when its partition must stop because the engine is unavailable."""
        set_correlation(row.correlation_id)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._act(row)
        except Exception as error:
            if is_infrastructure(error) and not self._is_poison(row.id):
                self._back_off(error)
                return False
            await self._park(row, error)
            return True
        self._recovered()
        self._successes += 1
        self._parked.pop(row.id, None)
        self._failures.pop(row.id, None)
        self._finished.append((row.id, answer))
        self._to_mark.set()
        return True

    def _is_poison(self, row: int) -> bool:
        times, before = self._failures.get(row, (0, self._successes))
        self._failures[row] = (times + 1, before)
        return times + 1 >= _POISON_AFTER and self._successes > before

    def _back_off(self, error: BaseException) -> None:
        if time.monotonic() < self._not_before:
            return  # a concurrent failure of the same outage
        pause = _PAUSES[min(self._backoffs, len(_PAUSES) - 1)]
        self._backoffs += 1
        self._not_before = time.monotonic() + pause
        reason = describe(error)
        if reason != self._waiting_for:
            self._log.warning("relay waits", reason=reason, delay_seconds=pause)
        self._waiting_for = reason
        self._unprepared = self._prepare is not None

    def _recovered(self) -> None:
        if self._backoffs:
            self._log.info("relay goes on")
        self._backoffs, self._not_before, self._waiting_for = 0, 0.0, ""

    async def _pause(self) -> None:
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))

    async def _park(self, row: OutboxRow, error: Exception) -> None:
        """Park an invalid row and go on, also with later rows of its key: readers compare versions."""
        times = self._parked.get(row.id, (0.0, 0))[1]
        wait = _PARKED_SECONDS[min(times, len(_PARKED_SECONDS) - 1)]
        self._parked[row.id] = (time.monotonic() + wait, times + 1)
        self._in_hand.discard(row.id)
        reason = describe(error)
        self._log.error(
            "outbox row refused",
            event_id=row.event_id, workflow_id=row.workflow_id, subject=row.subject, reason=reason,
            attempt=times + 1, delay_seconds=wait,
        )  # fmt: skip
        try:
            await self._marking.rows(self._sql.refuse, {"id": row.id, "error": reason})
        except Exception as unrecorded:
            self._log.warning("outbox error not recorded", event_id=row.event_id, reason=describe(unrecorded))

    async def _mark(self) -> None:
        """Mark finished rows for ever. Rows that finish while one statement runs go into the next one."""
        while True:
            raise_if_cancelled()
            await self._to_mark.wait()
            await asyncio.sleep(_MARK_SECONDS)
            self._to_mark.clear()
            batch, self._finished = self._finished, []
            ids = {row for row, _ in batch}
            last = max((answer for _, answer in batch if answer is not None), default=None)
            while True:
                raise_if_cancelled()
                try:
                    await self._marking.rows(self._sql.mark, {"ids": sorted(ids), "at": clock.now(), "last": last})
                    break
                except Exception as error:
                    self._log.warning("outbox not marked yet", reason=describe(error), count=len(ids))
                    await asyncio.sleep(0.5)
            self._in_hand -= ids
            self._room.set()

    async def _wait_for_room(self) -> None:
        self._room.clear()
        await _first_of(self._room, 1.0)


async def _first_of(event: asyncio.Event, seconds: float) -> None:
    # Not wait_for: until Python 3.12 it can lose a cancellation, and the relay would never stop.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
