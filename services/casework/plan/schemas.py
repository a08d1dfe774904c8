"""What the plans API takes and gives."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.casework.case.rules import ClosingReason
from services.casework.hold.rules import Kind as HoldKind
from services.casework.plan.rules import Template
from services.casework.words import UserId
from shared.http.bodies import Body, Day, GivenId, Instant, View
from shared.practice.cadence import Phase
from shared.text import Text

Whose = Literal["person", "worker", "agency", "other"]
CadenceDays = Annotated[int, Field(ge=1, le=92)]


class ActionAdd(Body):
    """`goal` is the place of a goal sent with it (0 is the first); afterwards `goal_id` is used."""

    what: Text
    whose: Whose = "worker"
    by_when: Day | None = None
    goal: int | None = Field(default=None, ge=0)


class PlanStart(Body):
    """Goals are in his words. Without `cadence_days` the phase says how often he is met."""

    goals: list[Text] = Field(min_length=1, max_length=20)
    actions: list[ActionAdd] = Field(default=[], max_length=40)
    id: GivenId | None = None
    cadence_days: CadenceDays | None = None
    phase: Phase = "transition"
    template: Template = "critical_time"


class PlanEdit(Body):
    """Only what is given changes; `cadence_days: null` goes back to the cadence of the phase."""

    cadence_days: CadenceDays | None = None
    phase: Phase | None = None
    template: Template | None = None


class GoalAdd(Body):
    words: Text


class ActionAddTo(Body):
    what: Text
    whose: Whose = "worker"
    by_when: Day | None = None
    goal_id: UUID | None = None


class ActionTick(Body):
    """Done, or after all not."""

    done: bool


class Noted(Body):
    note: Text | None = None


class PlanHold(Noted):
    kind: HoldKind
    until: Instant | None = None


class PlanResume(Noted):
    """`ended_at`: when the pause ended, if that is known; otherwise on its known end, or now."""

    ended_at: Instant | None = None


class PauseEdit(Noted):
    """How the pause stands: until when it lasts, or (empty) that nobody knows."""

    until: Instant | None


class PlanReassign(Noted):
    worker_id: UserId
    over_ceiling: bool = False


class PlanClose(Noted):
    reason: ClosingReason


class PlanReopen(Body):
    note: Text


class GoalView(View):
    id: UUID
    position: int
    words: str


class ActionView(View):
    id: UUID
    goal_id: UUID | None
    position: int
    what: str
    whose: str
    by_when: date | None
    done_at: datetime | None


class HoldView(View):
    id: UUID
    kind: str
    began_at: datetime
    until: datetime | None


class StepView(View):
    """`at` is when it stands; `outcome` planned, fired, overtaken or void."""

    clock: str
    action: str
    occurrence: int
    at: datetime
    outcome: str
    settled_at: datetime | None


class PlanView(View):
    """`contact_due_at` counts from when he was last met or spoken to, or from the end of a pause: a sighting, which
    `last_contact_at` tells of as well, does not put it off."""

    id: UUID
    team_id: UUID
    case_id: UUID
    person_id: UUID
    worker_id: str | None
    case_stage: str
    template: str
    phase: str
    phase_since: datetime
    cadence_days: int
    agreed_cadence_days: int | None
    stage: str
    stage_since: datetime
    started_at: datetime
    last_contact_at: datetime | None
    last_contact_kind: str | None
    contact_due_at: datetime | None
    reviewed_at: datetime
    watch_until: date | None
    hold: HoldView | None
    goals: list[GoalView]
    actions: list[ActionView]
    steps: list[StepView]
    next_at: datetime | None
    closed_at: datetime | None
    closing_reason: str | None
    version: int


class DecisionView(View):
    """What became of a decision, and the plan after it."""

    done: bool
    why: str
    plan: PlanView


class PreviewItem(View):
    at: datetime
    what: str


class PreviewView(View):
    cadence_days: int
    rule_source: str
    items: list[PreviewItem]
