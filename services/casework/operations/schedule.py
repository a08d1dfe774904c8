"""The one schedule: timed tasks are looked through every five minutes."""

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

from shared.http.state import Services
from shared.reconcile import every
from workflows.contracts import TASK_SWEEP, WORKFLOW_QUEUE

SCHEDULE_ID = "casework-task-sweep"
EVERY = timedelta(minutes=5)


def _schedule() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(TASK_SWEEP, id="task-sweep", task_queue=WORKFLOW_QUEUE),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )


async def ensure(client: Client) -> None:
    """Make the schedule, or bring the one there to our settings."""

    async def ours(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(_schedule())

    try:
        await client.create_schedule(SCHEDULE_ID, _schedule())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE_ID).update(ours)


async def keep_scheduled(services: Services) -> None:
    """Ensured at start and again every ten minutes: a lost engine store takes its schedules along."""
    client = await services.until_temporal()
    await every(600, lambda: ensure(client))
