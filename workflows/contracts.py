"""What workflows and services say to each other: names, queues and plain dataclasses, nothing that runs.

Every payload holds ids, instants, states and a place on a ladder; never a name, a note, a health fact or a calendar.
Instants are UTC-aware `datetime`s in practice time (`shared.clock`). Ids are UUIDs written as text.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

WORKFLOW_QUEUE = "workflows"
CASEWORK_QUEUE = "casework"
REFERRALS_QUEUE = "referrals"

# Workflow types.
CASE_PLAN = "CasePlanWorkflow"
REFERRAL = "ReferralWorkflow"
TASK_SWEEP = "TaskSweepWorkflow"

# Messages that the workflow of a plan or referral understands.
FACT = "fact"  # signal: the owner's row has something newer
WAITING = "explain"  # query: the explanation the board shows
STANDING = "standing"  # query: what it knows of its row, for whoever compares
ROLL = "roll"  # signal: continue as new at once, with all that is known
RETRY = "retry"  # update: try again what a service refused

# Activities, named by the service that carries them out.
REFRESH_PLAN = "casework.refresh_plan"
RUN_DUE_PLAN_STEPS = "casework.run_due_plan_steps"
REPORT_PROGRESS = "casework.report_progress"
SWEEP_TASKS = "casework.sweep_tasks"
OPEN_STAGE = "referrals.open_stage"
RUN_DUE_STEPS = "referrals.run_due_steps"


def plan_workflow_id(plan_id: object) -> str:
    return f"plan-{plan_id}"


def referral_workflow_id(referral_id: object) -> str:
    return f"referral-{referral_id}"


@dataclass(frozen=True)
class Fact:
    """Something happened that the owner's row already tells. `version` is the row's version after it."""

    version: int
    kind: str
    correlation_id: str = ""


@dataclass(frozen=True)
class Standing:
    """What a workflow knows, to be compared with its row: the row's revision, and when it wakes."""

    revision: int
    wake_at: datetime | None
    needs_help: str | None


@dataclass(frozen=True)
class Explanation:
    """Why something waits, in the words of the board (contracts: `explain`)."""

    waiting_for: str = ""
    who: str = "nobody"  # agency | us | person | nobody
    since: datetime | None = None
    rule: str = ""
    rule_source: str = ""
    next_step: str = ""
    next_at: datetime | None = None
    level: int = 0
    unlocks: str = ""
    last_human_what: str = ""
    last_human_by: str = ""  # a user id; the console joins the name
    last_human_at: datetime | None = None


@dataclass(frozen=True)
class Ahead:
    """Something that will happen by itself unless a fact or decision comes first."""

    at: datetime
    action: str  # a rung action or a step of the plan, in the words of the vocabulary
    clock: str  # the clock or cadence it belongs to


@dataclass(frozen=True)
class BoardRow:
    """What the owner of a plan or referral lets the board know. Worker and team are casework's own."""

    kind: Literal["plan", "referral"]
    id: str
    team_id: str
    person_id: str
    case_id: str | None
    plan_id: str | None
    stage: str
    agency_id: str | None = None
    service_id: str | None = None
    reference: str | None = None
    stalled: bool = False
    paused_until: datetime | None = None
    explanation: Explanation = field(default_factory=Explanation)
    ahead: list[Ahead] = field(default_factory=list[Ahead])  # the next few, soonest first


@dataclass(frozen=True)
class View:
    """The owner's answer to "where do we stand?": everything a workflow needs to wait well.

    `revision` grows with every change of the owner's row, so the newest view wins whatever order they
    arrive in. `wake_at` is the next instant on a ladder or cadence with its spread added; None means that only
    a fact goes on from here, and `next_action` is what comes then, as the engine's own pages show it. `ended` is the
    end of the workflow.
    """

    revision: int
    stage_entry: int
    row: BoardRow
    wake_at: datetime | None = None
    ended: bool = False
    next_action: str = ""


@dataclass(frozen=True)
class Refresh:
    """Ask the owner where a plan or referral stands at `now`; opens the clocks of a newly entered stage."""

    id: str
    now: datetime


@dataclass(frozen=True)
class RunDueSteps:
    """Ask the owner to do what is due at `now` in stage entry `stage_entry`; a no-op once that entry is over."""

    id: str
    stage_entry: int
    now: datetime


@dataclass(frozen=True)
class Sweep:
    """Look through the timed tasks; holds nothing yet."""


@dataclass(frozen=True)
class Progress:
    """One board row, written by its workflow.

    (chain_started_at, sequence) orders them; `closed` is for good in a chain.
    """

    row: BoardRow
    chain_started_at: datetime
    sequence: int
    closed: bool = False
    needs_help: str | None = None


@dataclass
class Reported:
    """How far the board has heard: the newest report, and the newest that it acknowledged."""

    chain_started_at: datetime
    sequence: int = 0
    acknowledged: int = 0


@dataclass
class State:
    """All that a workflow knows. It is carried whole through continue-as-new.

    `opened_entry` is the stage entry whose clocks the owner has opened; `newest_fact` the version of a fact that `view`
    does not tell yet; `needs_help` why a service refused what comes next.
    """

    reported: Reported
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
