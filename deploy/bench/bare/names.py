"""The names and types of the bare client, workflows and activities: plain, so that the sandbox passes them through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Workflows in one process and activities in another, as in our services, whose data is their own; and both in one
# process, where the SDK may run an activity eagerly without a round trip to the engine.
QUEUE, WORK, ALONE = "bench", "bench-work", "bench-alone"
REFRESH_PLAN, OPEN_STAGE, RUN_DUE_STEPS = "bench.refresh_plan", "bench.open_stage", "bench.run_due_steps"
PLAN, REFERRAL = "BenchPlan", "BenchReferral"
SECONDS = timedelta(seconds=10)


@dataclass(frozen=True)
class BareStart:
    """The start of a bare workflow.

    `wakes` are the instants of the steps; `work` is the queue of the activities, the workflow's own when None.
    """

    id: str
    wakes: list[datetime]
    work: str | None = WORK
