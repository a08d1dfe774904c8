"""Retrying what a service refused: the only message that a person sends to a workflow."""

import asyncio
import time
from datetime import timedelta
from typing import Final, cast

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from shared.http.problems import NOTHING_DONE, OUTCOME_UNKNOWN, conflict, unavailable
from shared.temporal.activities import REFUSED
from workflows.contracts import RETRY

PATIENCE: Final = 5.0
# Just after continue-as-new the engine says "not scheduled yet"; it takes milliseconds.
_BACK_OFF: Final = 0.1


async def retry(client: Client | None, workflow_id: str, by: str, key: str, patience: float = PATIENCE) -> str:
    """Have a workflow retry what was refused, and return the reason of that refusal; `key` is the update id.

    Raise a problem: 409 when nothing was refused or the workflow has ended, 503 when the engine is away (nothing was
    done) or did not answer in time (repeat with the same key).
    """
    ends = time.monotonic() + patience
    while client is not None:
        # By id alone: a run id would miss the run that continued as new.
        handle = client.get_workflow_handle(workflow_id)
        limit = max(ends - time.monotonic(), _BACK_OFF)
        try:
            async with asyncio.timeout(limit + 0.5):
                answer: object = await handle.execute_update(  # pyright: ignore[reportUnknownMemberType]
                    RETRY, by, id=key, result_type=str, rpc_timeout=timedelta(seconds=limit)
                )
                return cast(str, answer)
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == REFUSED:
                raise conflict(error.cause.message, rule="refused") from None
            if isinstance(error.cause, ApplicationError) and error.cause.type == "AcceptedUpdateCompletedWorkflow":
                raise _ended() from None
            raise
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            raise unavailable(OUTCOME_UNKNOWN) from None
        except RuntimeError:  # raised by a lazy client that never reached the engine
            break
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _ended() from None
            if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise unavailable(OUTCOME_UNKNOWN) from None
            if time.monotonic() + _BACK_OFF >= ends:
                break
        await asyncio.sleep(_BACK_OFF)
    raise unavailable(f"The workflow engine is away. {NOTHING_DONE}")


def _ended() -> Exception:
    return conflict("Nothing runs here, so there is nothing to try again.", rule="ended")
