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
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from shared import clock, log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import describe
from shared.supervise import raise_if_cancelled
from shared.temporal import checkpoint
from shared.temporal.drive import Drive, dispatch

__all__ = ["Kept", "Mended", "Reconciler", "every", "missing_workflows", "restart"]

Id = TypeVar("Id")
Teams = Sequence[UUID] | None

STANDING = "standing"
"""The query that every workflow of ours answers: the revision of its row that it has, and when its timer fires."""

WHOLE_EVERY_SECONDS = 600.0
_NOTE_EVERY_SECONDS, _LAST_NOTE_SECONDS = 2.0, 3.0
_AT_ONCE = 8
_QUERY = timedelta(seconds=5)
# The engine's visibility list lags by seconds.
_OVERLAP = timedelta(minutes=1)


@dataclass
class Mended:
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

    async def round(self, client: Client) -> Mended:
        """Run one round and return its result. Raise RPCError when the engine is unavailable."""
        began = time.monotonic()
        whole = self._whole_at is None or began - self._whole_at >= WHOLE_EVERY_SECONDS
        if (found := await self._same_history(client)) is not None:
            whole = True
        else:
            found = await (self.whole(client) if whole else self._recent(client))
        if self._ended_upto is None:
            self._ended_upto = await _newest_end(client, self._kept.workflow)
        self._whole_at = began if whole else self._whole_at
        if found.ids:
            self._log.warning("mended", ids=found.ids[:50], count=len(found.ids))
        return found

    async def whole(self, client: Client, teams: Teams = None, *, deep: bool = False) -> Mended:
        """Compare every open row (of these teams) with the engine's list; `deep` also queries each workflow."""
        running = await _running_ids(client, self._kept.workflow) if teams is None else {}
        async with self._transaction() as session:
            rows = await self._kept.rows(session, teams)
            late = await self._kept.late(session)
        missing = await missing_workflows(client, self._kept.workflow, self._ids(rows))
        found = Mended(checked=len(rows))
        found.restarted = await restart(client, self._drives(rows, missing))
        there = rows.keys() - set(missing)
        await self._settle(client, {row: rows[row] for row in (there if deep else there & late)}, late, found)
        found.ended = await self._end_orphans(client, running)
        return found

    # -- what a round does

    async def _same_history(self, client: Client) -> Mended | None:
        """Compare the history of the database with that of the engine, one comparison at a time.

        Return the result of the repair when one of them is of another time or has lost its store, else None.
        """
        async with self._history:
            return await self._compare_history(client)

    async def _compare_history(self, client: Client) -> Mended | None:
        service, first = self._kept.service, self._told is None
        there = await checkpoint.read(client, service)
        found: Mended | None = None
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

    async def _begin_again(self, client: Client) -> Mended:
        running = await _running_ids(client, self._kept.workflow)
        async with self._transaction() as session:
            rows = await self._kept.rows(session, None)
        await _end(client, running, "the database was restored")
        begun = await restart(client, self._drives(rows, rows))
        ours = set(self._ids(rows).values())
        return Mended(
            replaced=[id for id in begun if id in running],
            restarted=[id for id in begun if id not in running],
            ended=[id for id in running if id not in ours],
            checked=len(rows),
        )

    async def _recent(self, client: Client) -> Mended:
        """Repair the workflows that ended since the last round although their row is open, and those of late rows."""
        ended = await _ended_since(client, self._kept.workflow, self._ended_upto)
        self._ended_upto = max([*ended.values(), *([self._ended_upto] if self._ended_upto else [])], default=None)
        async with self._transaction() as session:
            rows = await self._kept.rows(session, None)
            late = await self._kept.late(session)
        doubtful = {row: id for row, id in self._ids(rows).items() if id in ended or row in late}
        missing = await _not_running(client, doubtful)
        found = Mended(checked=len(doubtful))
        found.restarted = await restart(client, self._drives(rows, missing))
        await self._settle(client, {row: rows[row] for row in late & rows.keys() - set(missing)}, late, found)
        return found

    # -- one workflow and its row

    async def _settle(self, client: Client, rows: Mapping[UUID, int], late: set[UUID], found: Mended) -> None:
        """Query these workflows, and repair those whose state does not agree with their row.

        A workflow that does not answer is left alone: it waits for its worker, and a restart would add to the load.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def ask(row: UUID) -> tuple[UUID, dict[str, Any] | None]:
            async with slots:
                return row, await _standing(client, self._kept.workflow_id(row))

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
        await _end(client, self._ids(fresh, wrong).values(), "it knew another story than its row")
        found.replaced += await restart(client, self._drives(fresh, wrong))

    async def _end_orphans(self, client: Client, running: Mapping[str, UUID]) -> list[str]:
        """Terminate workflows without a row. Rows are written before their workflow starts: list workflows first."""
        async with self._transaction() as session:
            known = await self._kept.existing(session, list(running.values())) if running else set[UUID]()
        return await _end(client, [id for id, row in running.items() if row not in known], "it has no row")

    def _transaction(self) -> Any:
        return self._database.transaction(Actor.service(self._kept.service))

    def _ids(self, rows: Iterable[UUID], only: Iterable[UUID] | None = None) -> dict[UUID, str]:
        return {row: self._kept.workflow_id(row) for row in (rows if only is None else only)}

    def _drives(self, rows: Mapping[UUID, int], which: Iterable[UUID]) -> list[Drive]:
        return [self._kept.drive(row, rows[row]) for row in which]


async def missing_workflows(client: Client, workflow_type: str, open_ids: Mapping[Id, str]) -> list[Id]:
    """Return which of these open rows (row id -> workflow id) have no running workflow of this type.

    The engine's list lags by seconds both ways, so every workflow that it does not show is described by id; one that
    it shows although it has just ended is found in the next round. Raise RPCError when the engine is unavailable.
    """
    if not open_ids:
        return []
    shown = await _running_ids(client, workflow_type)
    return await _not_running(client, {row: id for row, id in open_ids.items() if id not in shown})


async def restart(client: Client, drives: Iterable[Drive]) -> list[str]:
    """Dispatch each drive by signal-with-start, which is harmless where the workflow runs after all.

    Return the workflow ids that were reached. A workflow that cannot be started is logged and left for the next round.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(drive: Drive) -> str | None:
        async with slots:
            try:
                await dispatch(client, drive)
            except Exception as error:
                log.get().error("workflow not restarted", workflow_id=drive.id, reason=describe(error))
                return None
            return drive.id

    return [done for done in await asyncio.gather(*(one(drive) for drive in drives)) if done is not None]


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` now and every `seconds` of real time after it, for ever; log an error and go on."""
    while True:
        raise_if_cancelled()
        try:
            await work()
        except Exception as error:
            log.get().error("background round failed", reason=describe(error), delay_seconds=seconds)
        await asyncio.sleep(seconds)


async def _running_ids(client: Client, workflow_type: str) -> dict[str, UUID]:
    """Return the running workflows of this type by id, each with the id of its row."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
    return _with_rows([run.id async for run in client.list_workflows(query, page_size=1000)])


async def _newest_end(client: Client, workflow_type: str) -> datetime | None:
    """Return when the last workflow of this type ended, by the engine's clock; the engine lists the newest first."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus != 'Running'"
    async for run in client.list_workflows(query, limit=1):
        return run.close_time
    return None


async def _ended_since(client: Client, workflow_type: str, since: datetime | None) -> dict[str, datetime]:
    """Return the workflows of this type that ended since `since`, less an overlap, with their close times."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus != 'Running'"
    if since is not None:
        query += f" AND CloseTime > '{(since - _OVERLAP).isoformat(timespec='seconds')}'"
    return {run.id: run.close_time async for run in client.list_workflows(query, page_size=1000) if run.close_time}


def _with_rows(ids: Iterable[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for id in ids:
        try:
            found[id] = UUID(id.partition("-")[2])
        except ValueError:
            continue  # not one of ours
    return found


async def _not_running(client: Client, ids: Mapping[Id, str]) -> list[Id]:
    """Return which of these rows (row id -> workflow id) have no running workflow; describe each workflow by id."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def absent(row: Id, workflow_id: str) -> Id | None:
        async with slots:
            return None if await _running(client, workflow_id) else row

    answers = await asyncio.gather(*(absent(row, workflow_id) for row, workflow_id in ids.items()))
    return [row for row in answers if row is not None]


async def _running(client: Client, workflow_id: str) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    # Without a run id the newest run is described, so a workflow that continued as new counts as running.
    return description.status is WorkflowExecutionStatus.RUNNING


async def _standing(client: Client, workflow_id: str) -> dict[str, Any] | None:
    """Return a workflow's own state; None when it does not answer: no state yet, no worker, or it has ended."""
    try:
        return await client.get_workflow_handle(workflow_id).query(
            STANDING, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=_QUERY
        )
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None


def _sleeps_on(known: Mapping[str, Any]) -> bool:
    """Return whether the workflow of a late row waits for a future instant or for none, and has no open refusal."""
    wakes = known["wake_at"]
    return not known["needs_help"] and (wakes is None or datetime.fromisoformat(wakes) > clock.now())


async def _end(client: Client, ids: Iterable[str], reason: str) -> list[str]:
    """Terminate these workflows; return the ids of those that ran."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(workflow_id: str) -> str | None:
        async with slots:
            try:
                await client.get_workflow_handle(workflow_id).terminate(reason=reason)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return None
            return workflow_id

    return [done for done in await asyncio.gather(*map(one, ids)) if done is not None]
