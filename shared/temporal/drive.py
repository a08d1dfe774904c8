"""Dispatch of a fact to its workflow: a signal when it runs, a start with a signal when it does not."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from shared import clock

QUEUE: Final = "workflows"
SIGNAL: Final = "fact"
RPC_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True)
class Drive:
    """A fact for a workflow: the workflow type, its id (``{noun}-{row id}``) and the fact as plain JSON.

    A fact holds ``version``, ``kind`` and ``correlation_id``; ids and states only.
    """

    workflow: str
    id: str
    fact: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def row_id(self) -> str:
        """Return the id of the row that the workflow belongs to."""
        return self.id.partition("-")[2]


async def dispatch(client: Client, drive: Drive) -> None:
    """Signal the workflow, starting it if needed. Idempotent: facts have versions, and a new run reads the row first.

    Raise temporalio.service.RPCError when the engine is away; the caller retries.
    """
    await client.start_workflow(
        drive.workflow,
        {"id": drive.row_id, "clock_offset_seconds": clock.offset().total_seconds()},
        id=drive.id,
        task_queue=QUEUE,
        start_signal=SIGNAL,
        start_signal_args=[drive.fact],
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        rpc_timeout=RPC_TIMEOUT,
    )
