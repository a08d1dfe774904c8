"""A fact brought to its workflow: signalled when it runs, started and signalled when it does not."""

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
    """Which workflow a fact is for: its type's name, its id (``{noun}-{row id}``) and the fact as plain JSON.

    A fact holds ``version``, ``kind`` and ``correlation_id``; ids and states only.
    """

    workflow: str
    id: str
    fact: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def row_id(self) -> str:
        """The id of the row whose workflow this is."""
        return self.id.partition("-")[2]


async def dispatch(client: Client, drive: Drive) -> None:
    """Signal-with-start. Harmless when repeated: facts carry versions, and a first step looks at the row.

    Raises temporalio.service.RPCError when the engine is away; the caller tries again.
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
