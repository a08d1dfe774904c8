"""The workflows that the engine has: which run, which ended, what each one knows of its row, and ending one."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

Id = TypeVar("Id")

STANDING = "standing"
"""The query that every workflow of ours answers: the revision of its row that it has, and when its timer fires."""

AT_ONCE = 8
_QUERY = timedelta(seconds=5)
# The engine's visibility list lags by seconds.
_OVERLAP = timedelta(minutes=1)


async def missing_workflows(client: Client, workflow_type: str, open_ids: Mapping[Id, str]) -> list[Id]:
    """Return which of these open rows (row id -> workflow id) have no running workflow of this type.

    The engine's list lags by seconds both ways, so every workflow that it does not show is described by id; one that
    it shows although it has just ended is found in the next round. Raise RPCError when the engine is unavailable.
    """
    if not open_ids:
        return []
    shown = await running_ids(client, workflow_type)
    return await not_running(client, {row: id for row, id in open_ids.items() if id not in shown})


async def running_ids(client: Client, workflow_type: str) -> dict[str, UUID]:
    """Return the running workflows of this type by id, each with the id of its row."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
    return _with_rows([run.id async for run in client.list_workflows(query, page_size=1000)])


async def newest_end(client: Client, workflow_type: str) -> datetime | None:
    """Return when the last workflow of this type ended, by the engine's clock; the engine lists the newest first."""
    query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus != 'Running'"
    async for run in client.list_workflows(query, limit=1):
        return run.close_time
    return None


async def ended_since(client: Client, workflow_type: str, since: datetime | None) -> dict[str, datetime]:
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


async def not_running(client: Client, ids: Mapping[Id, str]) -> list[Id]:
    """Return which of these rows (row id -> workflow id) have no running workflow; describe each workflow by id."""
    slots = asyncio.Semaphore(AT_ONCE)

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


async def standing_of(client: Client, workflow_id: str) -> dict[str, Any] | None:
    """Return a workflow's own state; None when it does not answer: no state yet, no worker, or it has ended."""
    try:
        return await client.get_workflow_handle(workflow_id).query(
            STANDING, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=_QUERY
        )
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None


async def terminate(client: Client, ids: Iterable[str], reason: str) -> list[str]:
    """Terminate these workflows; return the ids of those that ran."""
    slots = asyncio.Semaphore(AT_ONCE)

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
