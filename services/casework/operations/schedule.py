"""The one schedule: tasks with a due day are swept every five minutes.

The engine's schedule counts real minutes. Where practice time is moved on (demo, rehearsal), a sweep is also requested
after each leap: otherwise a task whose day has passed would be raised real minutes, and so practice weeks, too late.
"""

import asyncio
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from shared import clock, log
from shared.failure import describe
from shared.http.state import Services
from shared.rounds import every
from shared.supervise import raise_if_cancelled
from workflows.contracts import TASK_SWEEP, WORKFLOW_QUEUE

SCHEDULE_ID = "casework-task-sweep"
EVERY = timedelta(minutes=5)
LOOK_SECONDS = 0.2


def _schedule() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(TASK_SWEEP, id="task-sweep", task_queue=WORKFLOW_QUEUE),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )


async def ensure(client: Client) -> None:
    """Create the schedule, or update an existing one to our settings."""

    async def ours(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(_schedule())

    try:
        await client.create_schedule(SCHEDULE_ID, _schedule())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE_ID).update(ours)


async def keep_scheduled(services: Services) -> None:
    """Ensure the schedule at start and again every ten minutes: a lost engine store takes its schedules along."""
    client = await services.until_temporal()
    await every(600, lambda: ensure(client))


async def sweep_now(client: Client) -> None:
    """Request one sweep besides those of the schedule; it follows a sweep that is running."""
    handle = client.get_schedule_handle(SCHEDULE_ID)
    try:
        await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await ensure(client)
        await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)


async def sweep_after_leaps(services: Services) -> None:
    """Request sweeps in a stack whose practice clock is moved on while it runs. Idle where there is no such clock."""
    if services.settings.practice_clock_file is None:
        await asyncio.Event().wait()  # production: care runs on the wall clock, as the schedule does
        return
    client = await services.until_temporal()
    swept: timedelta | None = None  # leaps from before the start are swept immediately
    while True:
        raise_if_cancelled()
        if swept is None or clock.offset() - swept >= EVERY:
            at = clock.offset()
            try:
                await sweep_now(client)
                swept = at
            except RPCError as error:
                log.get(part="sweep").warning("sweep not asked for yet", reason=describe(error))
        await asyncio.sleep(LOOK_SECONDS)
