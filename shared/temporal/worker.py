"""Workers with our defaults: a short sticky timeout, one log line per failed activity."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)

from shared import log
from shared.context import set_correlation
from shared.failure import describe, is_infrastructure
from shared.temporal.activities import REFUSED, refuse
from shared.temporal.runner import Sandboxed

# How long a task waits for the worker that knows its workflow before any worker may take it. Of hundreds of steps due
# in one instant, which wait for each other, every one that gives up costs the engine a second task and a replay: at 4 s
# a burst of 500 went at 39 a second, at 10 s at 53 to 69. The price: a step of a workflow
# whose worker was just lost comes that much later.
STICKY_TIMEOUT = timedelta(seconds=10)
GRACE = timedelta(seconds=10)
# A bug fails on every try. After this many (two minutes with the usual back-off) it is shown as *needs help* instead of
# being retried for ever unseen; an engine or database that is away is not counted as a bug.
TRIES = 8
CANNOT = "a service could not carry it out, and trying again does not help"


# What a service does about an activity that it refuses: with the id of the row that it was about, and the reason.
Refused = Callable[[str, str], Awaitable[None]]


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, refused: Refused | None) -> None:
        super().__init__(next)
        self._refused = refused

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        given = getattr(input.args[0], "correlation_id", "") if input.args else ""
        set_correlation(cast("str", given) or info.workflow_id or "")
        started = time.monotonic()
        try:
            return await super().execute_activity(input)
        except Exception as error:
            log.get().warning(
                "activity failed",
                activity=info.activity_type,
                workflow_id=info.workflow_id or "",
                attempt=info.attempt,
                duration_ms=round((time.monotonic() - started) * 1000),
                exc_info=True,
            )
            mistake = not isinstance(error, ApplicationError) and not is_infrastructure(error)
            if info.attempt >= TRIES and mistake:
                await self._keep_refused(input, CANNOT)
                refuse(CANNOT)
            if isinstance(error, ApplicationError) and error.type == REFUSED:
                await self._keep_refused(input, error.message)
            raise

    async def _keep_refused(self, input: ExecuteActivityInput, reason: str) -> None:
        row = getattr(input.args[0], "id", None) if input.args else None
        if self._refused is None or not isinstance(row, str):
            return
        try:
            await self._refused(row, reason)
        except Exception as error:
            if is_infrastructure(error):
                raise  # so the activity is tried again, and refused again
            # The workflow keeps the reason, too.
            log.get().error("a refusal is not on the board", reason=describe(error))


class ActivityLog(Interceptor):
    """An interceptor that sets the correlation id, logs failures by type and place only, and passes refusals on."""

    def __init__(self, refused: Refused | None = None) -> None:
        self._refused = refused

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap one activity."""
        return _Inbound(next, self._refused)


def activity_worker(
    client: Client,
    queue: str,
    activities: Sequence[Callable[..., Any]],
    *,
    at_once: int = 20,
    refused: Refused | None = None,
) -> Worker:
    """Create a worker for a service's ``async`` activities on its own queue, ``at_once`` in parallel."""
    return Worker(
        client,
        task_queue=queue,
        activities=activities,
        interceptors=[ActivityLog(refused)],
        max_concurrent_activities=at_once,
        graceful_shutdown_timeout=GRACE,
    )


def workflow_worker(client: Client, queue: str, workflows: Sequence[type], **options: Any) -> Worker:
    """Create a worker that runs workflows only, in the sandbox."""
    return Worker(
        client,
        task_queue=queue,
        workflows=workflows,
        workflow_runner=Sandboxed(),
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
        **options,
    )
