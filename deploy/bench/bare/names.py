"""What the bare client, workflows and activities say to each other: plain, so the sandbox can pass it through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUEUE = "bench"
LOOK_AT_PLAN, REPORT = "bench.look_at_plan", "bench.report"
LOOK_AT_REFERRAL, CLIMB = "bench.look_at_referral", "bench.climb"
PLAN, REFERRAL = "BenchPlan", "BenchReferral"
SECONDS = timedelta(seconds=10)


@dataclass(frozen=True)
class BareStart:
    """`wakes` are the instants of the steps; without `report` a plan stops after its first look."""

    id: str
    wakes: list[datetime]
    report: bool = True
