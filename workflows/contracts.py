"""The contracts between workflows and services: names, queues and plain dataclasses, no code that runs.

Every payload holds ids, instants, states and a place on a ladder; never a name, a note, a health fact or a calendar.
Instants are UTC-aware `datetime`s in practice time (`shared.clock`). Ids are UUIDs written as text.
"""

from dataclasses import dataclass
from datetime import datetime

WORKFLOW_QUEUE = "workflows"
CASEWORK_QUEUE = "casework"
REFERRALS_QUEUE = "referrals"

# Workflow types.
CASE_PLAN = "CasePlanWorkflow"
REFERRAL = "ReferralWorkflow"
TASK_SWEEP = "TaskSweepWorkflow"

# Messages that the workflow of a plan or referral accepts.
FACT = "fact"  # signal: the owner's row has changed
STANDING = "standing"  # query: what the workflow knows of its row, for the reconciler
ROLL = "roll"  # signal: continue as new immediately, with the whole state
RETRY = "retry"  # update: retry what a service refused

# Activities, named by the service that carries them out.
REFRESH_PLAN = "casework.refresh_plan"
RUN_DUE_PLAN_STEPS = "casework.run_due_plan_steps"
SWEEP_TASKS = "casework.sweep_tasks"
OPEN_STAGE = "referrals.open_stage"
RUN_DUE_STEPS = "referrals.run_due_steps"


def plan_workflow_id(plan_id: object) -> str:
    return f"plan-{plan_id}"


def referral_workflow_id(referral_id: object) -> str:
    return f"referral-{referral_id}"


@dataclass(frozen=True)
class Fact:
    """A change that the owner's row already contains. `version` is the row's version after it."""

    version: int
    kind: str
    correlation_id: str = ""


@dataclass(frozen=True)
class Standing:
    """What a workflow knows of its row, for comparison: the row's revision, and when the workflow wakes."""

    revision: int
    wake_at: datetime | None
    needs_help: str | None


@dataclass(frozen=True)
class View:
    """What a workflow waits on, as the owner of the row answers it.

    `revision` grows with every change of the owner's row, so the newest view wins whatever the order of arrival.
    `wake_at` is the next instant on a ladder or cadence with its spread added; None means that only a fact leads on.
    `next_action` is the step at that instant, for the engine's own pages. `ended` ends the workflow.
    """

    revision: int
    stage_entry: int
    wake_at: datetime | None = None
    ended: bool = False
    next_action: str = ""


@dataclass(frozen=True)
class Refresh:
    """A request for the state of a plan or referral at `now`; the owner opens the clocks of a newly entered stage."""

    id: str
    now: datetime


@dataclass(frozen=True)
class RunDueSteps:
    """A request to run the steps due at `now` in stage entry `stage_entry`; a no-op once that entry is over."""

    id: str
    stage_entry: int
    now: datetime


@dataclass(frozen=True)
class Sweep:
    """A request to raise the timed tasks that are due; no fields yet."""


@dataclass
class State:
    """All that a workflow knows; continue-as-new passes it on whole.

    `opened_entry` is the stage entry whose clocks the owner has opened; `newest_fact` the version of a fact that `view`
    does not contain yet; `needs_help` the reason why a service refused the next step.
    """

    view: View | None = None
    opened_entry: int | None = None
    newest_fact: int | None = None
    needs_help: str | None = None


@dataclass(frozen=True)
class Start:
    """Input of a workflow. `clock_offset_seconds` is practice time minus wall time when it started."""

    id: str
    clock_offset_seconds: float = 0.0
    state: State | None = None
