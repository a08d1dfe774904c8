"""Requests and responses of the plans API."""

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
    """An action of a new plan. `goal` is the place of a goal in the same request (0 is the first)."""

    what: Text
    whose: Whose = "worker"
    by_when: Day | None = None
    goal: int | None = Field(default=None, ge=0)


class PlanStart(Body):
    """A request to start a plan. Goals are in the person's words; `cadence_days` defaults to that of the phase."""

    goals: list[Text] = Field(min_length=1, max_length=20)
    actions: list[ActionAdd] = Field(default=[], max_length=40)
    id: GivenId | None = None
    cadence_days: CadenceDays | None = None
    phase: Phase = "transition"
    template: Template = "critical_time"


class PlanEdit(Body):
    """Changes of a plan. Only given fields change; `cadence_days: null` restores the cadence of the phase."""

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
    """Whether an action is done."""

    done: bool


class Noted(Body):
    note: Text | None = None


class PlanHold(Noted):
    kind: HoldKind
    until: Instant | None = None


class PlanResume(Noted):
    """The end of a pause. Without `ended_at` the pause ended on its known end if that is past, else now."""

    ended_at: Instant | None = None


class PauseEdit(Noted):
    """A new end of the pause; `until` is null when nobody knows it."""

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
    """One step, planned for `at`; `outcome` is planned, fired, overtaken or void."""

    clock: str
    action: str
    occurrence: int
    at: datetime
    outcome: str
    settled_at: datetime | None


class PlanView(View):
    """A plan. `contact_due_at` counts from the last meeting or call, or from the end of a pause.

    `last_contact_at` also includes sightings, which do not move `contact_due_at`.
    """

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
    """The outcome of a decision, and the plan after it."""

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
