"""What the bare client, workflows and activities say to each other: plain, so the sandbox can pass it through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Workflows in one process and activities in another, as ours must be, for a service's data is its own; and both in one
# process, where the SDK may run an activity at once (eager) without asking the engine for it.
QUEUE, WORK, ALONE = "bench", "bench-work", "bench-alone"
LOOK_AT_PLAN, REPORT = "bench.look_at_plan", "bench.report"
LOOK_AT_REFERRAL, CLIMB = "bench.look_at_referral", "bench.climb"
PLAN, REFERRAL = "BenchPlan", "BenchReferral"
SECONDS = timedelta(seconds=10)


@dataclass(frozen=True)
class BareStart:
    """`wakes` are the instants of the steps; `work` is the queue of the activities, the workflow's own when None."""

    id: str
    wakes: list[datetime]
    work: str | None = WORK
