"""Mending from rows alone: a workflow for every open plan or referral that has none."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from shared import log
from shared.failure import describe
from shared.keep import still_wanted
from shared.temporal.drive import Drive, dispatch

__all__ = ["Mended", "every", "missing_workflows", "restart"]

Id = TypeVar("Id")

_AT_ONCE = 8


@dataclass
class Mended:
    """What one round found: workflow ids started again, rows looked at, and rows that sleep too long (for a human)."""

    restarted: list[str] = field(default_factory=list[str])
    checked: int = 0
    watch: list[Any] = field(default_factory=list[Any])


async def missing_workflows(client: Client, workflow_type: str, open_ids: Mapping[Id, str]) -> list[Id]:
    """Which of these open rows (row id -> workflow id) have no running workflow of this type.

    The engine's list lags by seconds both ways, so every row it does not show is asked about by name; a row it shows
    although it just ended is found in the next round. RPCError when the engine is away.
    """
    if not open_ids:
        return []
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
    shown = {run.id async for run in client.list_workflows(query, page_size=1000)}
    slots = asyncio.Semaphore(_AT_ONCE)

    async def absent(row: Id, workflow_id: str) -> Id | None:
        async with slots:
            return None if await _running(client, workflow_id) else row

    doubtful = [(row, workflow_id) for row, workflow_id in open_ids.items() if workflow_id not in shown]
    answers = await asyncio.gather(*(absent(row, workflow_id) for row, workflow_id in doubtful))
    return [row for row in answers if row is not None]


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


async def _running(client: Client, workflow_id: str) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    # Without a run id the newest run is described, so a continued-as-new one shows as running.
    return description.status is WorkflowExecutionStatus.RUNNING
