"""Process decisions: a Temporal update with a validator, answered at once."""

import asyncio
import time
from datetime import timedelta
from typing import Any, TypeVar, cast

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from shared.http.problems import NOTHING_DONE, OUTCOME_UNKNOWN, Problem, conflict, unavailable
from shared.temporal.activities import REFUSED

T = TypeVar("T")

# Just after continue-as-new the engine says "not scheduled yet"; it takes milliseconds.
_BREATH = 0.1


async def decide(
    client: Client,
    workflow_id: str,
    update: str,
    arg: Any,
    key: str,
    result_type: type[T],
    timeout: float = 5.0,
) -> T:
    """Ask a running workflow to decide; `key` is the update id, so the same key gets the same answer.

    Raises problems: 409 with the workflow's reason when it refuses or has ended, 503 when it does not run
    yet (nothing was done) and 503 when no answer came within `timeout` seconds (it may still be applied:
    repeat with the same key). The caller has looked at its own row first: the engine forgets ended
    workflows.
    """
    ends = time.monotonic() + timeout
    while True:
        try:
            return await _ask(client, workflow_id, update, arg, key, result_type, ends - time.monotonic())
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from None
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            raise unavailable(OUTCOME_UNKNOWN) from None
        except RuntimeError:  # how a client that never reached the engine says so
            raise unavailable(NOTHING_DONE) from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise await _absent(client, workflow_id) from None
            again = error.status is RPCStatusCode.FAILED_PRECONDITION
            if not again:
                raise unavailable(OUTCOME_UNKNOWN) from None
            if time.monotonic() + _BREATH >= ends:
                raise unavailable(NOTHING_DONE) from None
        await asyncio.sleep(_BREATH)


async def answered(client: Client, workflow_id: str, key: str, result_type: type[T], timeout: float = 5.0) -> T | None:
    """What a workflow answered to the decision of this key before, also when it has ended since; None when it did not,
    or so long ago that the engine has forgotten.

    Raises problems as `decide` does.
    """
    handle = client.get_workflow_handle(workflow_id).get_update_handle(key, result_type=result_type)
    try:
        async with asyncio.timeout(timeout + 0.5):
            return cast(T, await handle.result(rpc_timeout=timedelta(seconds=timeout)))
    except WorkflowUpdateFailedError as error:
        raise _refused(error) from None
    except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, RuntimeError):
        raise unavailable(OUTCOME_UNKNOWN) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise unavailable(OUTCOME_UNKNOWN) from None


async def _ask(
    client: Client, workflow_id: str, update: str, arg: Any, key: str, result_type: type[T], seconds: float
) -> T:
    # By id alone: a run id would miss the run that continued as new.
    handle = client.get_workflow_handle(workflow_id)
    limit = max(seconds, _BREATH)
    async with asyncio.timeout(limit + 0.5):
        answer: object = await handle.execute_update(  # pyright: ignore[reportUnknownMemberType]
            update, arg, id=key, result_type=result_type, rpc_timeout=timedelta(seconds=limit)
        )
    return cast(T, answer)


def _refused(error: WorkflowUpdateFailedError) -> Exception:
    """A refusal, by the validator or by the service behind an activity, is a conflict with its reason."""
    cause: BaseException | None = error.cause
    while isinstance(cause, FailureError):
        if isinstance(cause, ApplicationError) and cause.type == REFUSED:
            field = str(cause.details[0]) if cause.details else ""
            return conflict(cause.message, field=field or None, rule="refused")
        if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
            return _ended()
        cause = cause.cause
    return error


async def _absent(client: Client, workflow_id: str) -> Problem:
    """NOT_FOUND means ended or never started: only the engine's own record tells which."""
    try:
        await client.get_workflow_handle(workflow_id).describe(rpc_timeout=timedelta(seconds=2))
    except RPCError:
        return unavailable(f"This has not started to run yet. {NOTHING_DONE}")
    return _ended()


def _ended() -> Problem:
    return conflict("It has already ended.", rule="ended")
