"""Mending from rows alone: the rows are the truth, and every open one has one workflow that knows no more than they.

Each round is cheap: it asks for what ended since the last one, and after rows whose next step is late. Everything is
compared now and then, at the start, and on demand.
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
from shared.keep import still_wanted
from shared.temporal import told
from shared.temporal.drive import Drive, dispatch

__all__ = ["Kept", "Mended", "Reconciler", "every", "missing_workflows", "not_running", "restart"]

Id = TypeVar("Id")
Teams = Sequence[UUID] | None

STANDING = "standing"
"""The query every workflow of ours answers: the revision of the row it knows, and when it wakes."""

WHOLE_EVERY_SECONDS = 600.0
_NOTE_EVERY_SECONDS, _LAST_NOTE_SECONDS = 2.0, 3.0
_AT_ONCE = 8
_QUERY = timedelta(seconds=5)
# The engine's list lags by seconds.
_OVERLAP = timedelta(minutes=1)


@dataclass
class Mended:
    """What one round found: workflow ids started again because there was none, replaced because they knew another story
    than their row, woken because they knew an older one, ended because they had no row; rows looked at, and rows that
    sleep too long (for a human)."""

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
    """What a service keeps workflows for. `rows`: open rows (of these teams) with their versions; `existing`: which of
    these ids have a row at all, open or not; `late`: open rows whose next step should have come."""

    service: str
    workflow: str
    workflow_id: Callable[[UUID], str]
    rows: Callable[[AsyncSession, Teams], Awaitable[dict[UUID, int]]]
    existing: Callable[[AsyncSession, Sequence[UUID]], Awaitable[set[UUID]]]
    late: Callable[[AsyncSession], Awaitable[set[UUID]]]

    def drive(self, row: UUID, version: int) -> Drive:
        """A fact for its workflow; a new run looks once for itself, whatever the version."""
        fact = {"version": version, "kind": "reconciled", "correlation_id": ""}
        return Drive(self.workflow, self.workflow_id(row), fact)


class Reconciler:
    """One per process; what it remembers only spares it work."""

    def __init__(self, database: Database, kept: Kept) -> None:
        self._database, self._kept = database, kept
        self._told: told.Told | None = None
        self._ended_upto: datetime | None = None  # by the engine's own clock
        self._whole_at: float | None = None
        self._history = asyncio.Lock()
        self._log = log.get(part="reconcile")

    async def keep_note(self, client: Client) -> None:
        """Keep the engine's note near what the outbox holds, for ever, and once more at the end: what was done since
        the last note is what a restored database could hide."""
        try:
            while True:
                still_wanted()
                await asyncio.sleep(_NOTE_EVERY_SECONDS)
                try:
                    await self._note(client)
                except Exception as error:  # an engine is away: the next one says as much
                    self._log.info("no note this time", reason=describe(error))
        finally:
            with suppress(Exception):
                async with asyncio.timeout(_LAST_NOTE_SECONDS):
                    await self._note(client)

    async def _note(self, client: Client) -> None:
        known = self._told
        if known is None:
            return  # the first round compares before anything is written over
        current = await told.now(self._database)
        if (current.newest, current.event) != (known.newest, known.event):
            await self._same_history(client)

    async def round(self, client: Client) -> Mended:
        """What the background does. RPCError when the engine is away."""
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
        """Compare every open row (of these teams) with the engine's list; `deep` asks each workflow what it knows."""
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
        """Begin everything again from its rows when database and engine are of different times; None when they are of
        the same."""
        async with self._history:
            return await self._compare_history(client)

    async def _compare_history(self, client: Client) -> Mended | None:
        service, first = self._kept.service, self._told is None
        there = await told.read(client, service)
        found: Mended | None = None
        if there is not None and not await told.is_ours(self._database, there):
            self._log.error("the database is of another time than the workflow engine: beginning again from its rows")
            found = await self._begin_again(client)
        elif there is not None and (first or (self._told is not None and there.upto < self._told.upto)):
            count = await told.tell_again(self._database, there.upto)
            if count and not first:
                self._log.error("the workflow engine is of an earlier time: telling it again", count=count)
        elif there is None and not first:
            found = await self.whole(client)  # its store is new
        current = await told.now(self._database)
        if there != current:
            await told.write(client, service, current)
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
        """What ended since the last look although its row is open, and what is late."""
        ended = await _ended_since(client, self._kept.workflow, self._ended_upto)
        self._ended_upto = max([*ended.values(), *([self._ended_upto] if self._ended_upto else [])], default=None)
        async with self._transaction() as session:
            rows = await self._kept.rows(session, None)
            late = await self._kept.late(session)
        doubtful = {row: id for row, id in self._ids(rows).items() if id in ended or row in late}
        missing = await not_running(client, doubtful)
        found = Mended(checked=len(doubtful))
        found.restarted = await restart(client, self._drives(rows, missing))
        await self._settle(client, {row: rows[row] for row in late & rows.keys() - set(missing)}, late, found)
        return found

    # -- one workflow and its row

    async def _settle(self, client: Client, rows: Mapping[UUID, int], late: set[UUID], found: Mended) -> None:
        """Ask these workflows what they know, and mend what does not agree. One that does not answer is left alone: it
        waits for its worker, which starting it again would only keep busier."""
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
        """End what has no row, open or not. A row is always there before its workflow, so the list was read first."""
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
    """Which of these open rows (row id -> workflow id) have no running workflow of this type.

    The engine's list lags by seconds both ways, so every row it does not show is asked about by name; a row it shows
    although it just ended is found in the next round. RPCError when the engine is away.
    """
    if not open_ids:
        return []
    shown = await _running_ids(client, workflow_type)
    return await not_running(client, {row: id for row, id in open_ids.items() if id not in shown})


async def restart(client: Client, drives: Iterable[Drive]) -> list[str]:
    """Dispatch each drive (signal-with-start: harmless where the workflow runs after all); answer the workflow ids
    that were reached. One that cannot be started is logged and left for the next round."""
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
    """Do `work` now and then each `seconds` of real time, for ever; an error is logged and the next round comes."""
    while True:
        still_wanted()
        try:
            await work()
        except Exception as error:
            log.get().error("background round failed", reason=describe(error), delay_seconds=seconds)
        await asyncio.sleep(seconds)


async def _running_ids(client: Client, workflow_type: str) -> dict[str, UUID]:
    """The running workflows of this type by id, with the row each is for."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
    return _with_rows([run.id async for run in client.list_workflows(query, page_size=1000)])


async def _newest_end(client: Client, workflow_type: str) -> datetime | None:
    """When the last workflow of this type ended, by the engine's clock; its list begins with it."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus != 'Running'"
    async for run in client.list_workflows(query, limit=1):
        return run.close_time
    return None


async def _ended_since(client: Client, workflow_type: str, since: datetime | None) -> dict[str, datetime]:
    """What ended since about then, and when."""
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


async def not_running(client: Client, ids: Mapping[Id, str]) -> list[Id]:
    """Which of these rows (row id -> workflow id) have no running workflow, each asked about by name."""
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
    # Without a run id the newest run is described, so a continued-as-new one shows as running.
    return description.status is WorkflowExecutionStatus.RUNNING


async def _standing(client: Client, workflow_id: str) -> dict[str, Any] | None:
    """What a workflow knows; None when it does not say: no view yet, no worker, or ended meanwhile."""
    try:
        return await client.get_workflow_handle(workflow_id).query(
            STANDING, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=_QUERY
        )
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None


def _sleeps_on(known: Mapping[str, Any]) -> bool:
    """Whether it waits for a later instant than its row, which is late, or for none: nobody was refused anything."""
    wakes = known["wake_at"]
    return not known["needs_help"] and (wakes is None or datetime.fromisoformat(wakes) > clock.now())


async def _end(client: Client, ids: Iterable[str], reason: str) -> list[str]:
    """Terminate these; answer those that ran."""
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
