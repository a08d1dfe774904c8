"""The reconciler: it restores the workflows of a service from its rows.

Invariant: every open row has exactly one running workflow, whose revision is never newer than the row's version.
A round is cheap: it checks the workflows that ended since the last round and the rows whose next step is late. All
rows are compared at the start, periodically, and on demand.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from shared import clock, log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import describe
from shared.supervise import raise_if_cancelled
from shared.temporal import checkpoint
from shared.temporal.drive import Drive, dispatch
from shared.temporal.runs import (
    AT_ONCE,
    ended_since,
    missing_workflows,
    newest_end,
    not_running,
    running_ids,
    standing_of,
    terminate,
)

__all__ = ["Kept", "Reconciled", "Reconciler", "restart"]

Teams = Sequence[UUID] | None

WHOLE_EVERY_SECONDS = 600.0
_NOTE_EVERY_SECONDS, _LAST_NOTE_SECONDS = 2.0, 3.0


@dataclass
class Reconciled:
    """The result of one round.

    `restarted`, `replaced`, `woken` and `ended` are workflow ids: of rows that had no workflow, of workflows whose
    state contradicted their row, of workflows with an older revision, and of workflows without a row. `checked` is
    the number of rows compared; `watch` holds rows that wait too long, for a person to see.
    """

    restarted: list[str] = field(default_factory=list[str])
    replaced: list[str] = field(default_factory=list[str])
    woken: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    checked: int = 0
    watch: list[Any] = field(default_factory=list[Any])

    @property
    def ids(self) -> list[str]:
        return [*self.restarted, *self.replaced, *self.woken, *self.ended]


@dataclass(frozen=True)
class Kept:
    """One kind of row for which a service runs workflows.

    `rows` returns the open rows (of these teams) with their versions; `existing` which of these ids have a row, open or
    not; `late` the open rows whose next step is overdue.
    """

    service: str
    workflow: str
    workflow_id: Callable[[UUID], str]
    rows: Callable[[AsyncSession, Teams], Awaitable[dict[UUID, int]]]
    existing: Callable[[AsyncSession, Sequence[UUID]], Awaitable[set[UUID]]]
    late: Callable[[AsyncSession], Awaitable[set[UUID]]]

    def drive(self, row: UUID, version: int) -> Drive:
        """Return the drive that brings the row's workflow to this version; a new run reads the row in any case."""
        fact = {"version": version, "kind": "reconciled", "correlation_id": ""}
        return Drive(self.workflow, self.workflow_id(row), fact)


class Reconciler:
    """The reconciler of one process; what it caches only saves work."""

    def __init__(self, database: Database, kept: Kept) -> None:
        self._database, self._kept = database, kept
        self._told: checkpoint.Checkpoint | None = None
        self._ended_upto: datetime | None = None  # by the engine's own clock
        self._whole_at: float | None = None
        self._history = asyncio.Lock()
        self._log = log.get(part="reconcile")

    async def keep_note(self, client: Client) -> None:
        """Write the outbox's newest position to the engine, for ever, and once more at the end.

        A restored database is recognised by this note: only work done since the last note could be lost unseen.
        """
        try:
            while True:
                raise_if_cancelled()
                await asyncio.sleep(_NOTE_EVERY_SECONDS)
                try:
                    await self._note(client)
                except Exception as error:  # an engine is unavailable: the next attempt follows
                    self._log.info("no note this time", reason=describe(error))
        finally:
            with suppress(Exception):
                async with asyncio.timeout(_LAST_NOTE_SECONDS):
                    await self._note(client)

    async def _note(self, client: Client) -> None:
        known = self._told
        if known is None:
            return  # the first round compares histories before the note is overwritten
        current = await checkpoint.now(self._database)
        if (current.newest, current.event) != (known.newest, known.event):
            await self._same_history(client)

    async def round(self, client: Client) -> Reconciled:
        """Run one round and return its result. Raise RPCError when the engine is unavailable."""
        began = time.monotonic()
        whole = self._whole_at is None or began - self._whole_at >= WHOLE_EVERY_SECONDS
        if (found := await self._same_history(client)) is not None:
            whole = True
        else:
            found = await (self.whole(client) if whole else self._recent(client))
        if self._ended_upto is None:
            self._ended_upto = await newest_end(client, self._kept.workflow)
        self._whole_at = began if whole else self._whole_at
        if found.ids:
            self._log.warning("reconciled", ids=found.ids[:50], count=len(found.ids))
        return found

    async def whole(self, client: Client, teams: Teams = None, *, deep: bool = False) -> Reconciled:
        """Compare every open row (of these teams) with the engine's list; `deep` also queries each workflow."""
        running = await running_ids(client, self._kept.workflow) if teams is None else {}
        async with self._transaction() as session:
            rows = await self._kept.rows(session, teams)
            late = await self._kept.late(session)
        missing = await missing_workflows(client, self._kept.workflow, self._ids(rows))
        found = Reconciled(checked=len(rows))
        found.restarted = await restart(client, self._drives(rows, missing))
        there = rows.keys() - set(missing)
        await self._settle(client, {row: rows[row] for row in (there if deep else there & late)}, late, found)
        found.ended = await self._end_orphans(client, running)
        return found

    # -- what a round does

    async def _same_history(self, client: Client) -> Reconciled | None:
        """Compare the history of the database with that of the engine, one comparison at a time.

        Return the result of the repair when one of them is of another time or has lost its store, else None.
        """
        async with self._history:
            return await self._compare_history(client)

    async def _compare_history(self, client: Client) -> Reconciled | None:
        service, first = self._kept.service, self._told is None
        there = await checkpoint.read(client, service)
        found: Reconciled | None = None
        if there is not None and not await checkpoint.is_ours(self._database, there):
            self._log.error("the database is of another time than the workflow engine: beginning again from its rows")
            found = await self._begin_again(client)
        elif there is not None and (first or (self._told is not None and there.upto < self._told.upto)):
            count = await checkpoint.dispatch_again(self._database, there.upto)
            if count and not first:
                self._log.error("the workflow engine is of an earlier time: telling it again", count=count)
        elif there is None and not first:
            found = await self.whole(client)  # the engine's store is new
        current = await checkpoint.now(self._database)
        if there != current:
            await checkpoint.write(client, service, current)
        self._told = current
        return found

    async def _begin_again(self, client: Client) -> Reconciled:
        running = await running_ids(client, self._kept.workflow)
        async with self._transaction() as session:
            rows = await self._kept.rows(session, None)
        await terminate(client, running, "the database was restored")
        begun = await restart(client, self._drives(rows, rows))
        ours = set(self._ids(rows).values())
        return Reconciled(
            replaced=[id for id in begun if id in running],
            restarted=[id for id in begun if id not in running],
            ended=[id for id in running if id not in ours],
            checked=len(rows),
        )

    async def _recent(self, client: Client) -> Reconciled:
        """Repair the workflows that ended since the last round although their row is open, and those of late rows."""
        ended = await ended_since(client, self._kept.workflow, self._ended_upto)
        self._ended_upto = max([*ended.values(), *([self._ended_upto] if self._ended_upto else [])], default=None)
        async with self._transaction() as session:
            rows = await self._kept.rows(session, None)
            late = await self._kept.late(session)
        doubtful = {row: id for row, id in self._ids(rows).items() if id in ended or row in late}
        missing = await not_running(client, doubtful)
        found = Reconciled(checked=len(doubtful))
        found.restarted = await restart(client, self._drives(rows, missing))
        await self._settle(client, {row: rows[row] for row in late & rows.keys() - set(missing)}, late, found)
        return found

    # -- one workflow and its row

    async def _settle(self, client: Client, rows: Mapping[UUID, int], late: set[UUID], found: Reconciled) -> None:
        """Query these workflows, and repair those whose state does not agree with their row.

        A workflow that does not answer is left alone: it waits for its worker, and a restart would add to the load.
        """
        slots = asyncio.Semaphore(AT_ONCE)

        async def ask(row: UUID) -> tuple[UUID, dict[str, Any] | None]:
            async with slots:
                return row, await standing_of(client, self._kept.workflow_id(row))

        answers = {row: known for row, known in await asyncio.gather(*map(ask, rows)) if known}
        async with self._transaction() as session:
            fresh = await self._kept.rows(session, None) if answers else {}
        behind = [row for row, known in answers.items() if row in fresh and known["revision"] < rows[row]]
        wrong = [
            row
            for row, known in answers.items()
            if row in fresh and (known["revision"] > fresh[row] or (row in late and _sleeps_on(known)))
        ]
        found.woken += await restart(client, self._drives(fresh, [row for row in behind if row not in wrong]))
        await terminate(client, self._ids(fresh, wrong).values(), "it knew another story than its row")
        found.replaced += await restart(client, self._drives(fresh, wrong))

    async def _end_orphans(self, client: Client, running: Mapping[str, UUID]) -> list[str]:
        """Terminate workflows without a row. Rows are written before their workflow starts: list workflows first."""
        async with self._transaction() as session:
            known = await self._kept.existing(session, list(running.values())) if running else set[UUID]()
        return await terminate(client, [id for id, row in running.items() if row not in known], "it has no row")

    def _transaction(self) -> Any:
        return self._database.transaction(Actor.service(self._kept.service))

    def _ids(self, rows: Iterable[UUID], only: Iterable[UUID] | None = None) -> dict[UUID, str]:
        return {row: self._kept.workflow_id(row) for row in (rows if only is None else only)}

    def _drives(self, rows: Mapping[UUID, int], which: Iterable[UUID]) -> list[Drive]:
        return [self._kept.drive(row, rows[row]) for row in which]


async def restart(client: Client, drives: Iterable[Drive]) -> list[str]:
    """Dispatch each drive by signal-with-start, which is harmless where the workflow runs after all.

    Return the workflow ids that were reached. A workflow that cannot be started is logged and left for the next round.
    """
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(drive: Drive) -> str | None:
        async with slots:
            try:
                await dispatch(client, drive)
            except Exception as error:
                log.get().error("workflow not restarted", workflow_id=drive.id, reason=describe(error))
                return None
            return drive.id

    return [done for done in await asyncio.gather(*(one(drive) for drive in drives)) if done is not None]


def _sleeps_on(known: Mapping[str, Any]) -> bool:
    """Return whether the workflow of a late row waits for a future instant or for none, and has no open refusal."""
    wakes = known["wake_at"]
    return not known["needs_help"] and (wakes is None or datetime.fromisoformat(wakes) > clock.now())
