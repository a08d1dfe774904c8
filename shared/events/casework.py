"""The events that casework publishes. Ids, states and instants only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event


class CaseOpened(Event):
    """A case was opened. `stage` is waiting while no worker has room; `worker_id` is a user id."""

    type: ClassVar[str] = "casework.case.opened"
    case_id: UUID
    person_id: UUID
    team_id: UUID
    stage: str
    worker_id: str | None = None


class CaseStageChanged(Event):
    type: ClassVar[str] = "casework.case.stage_changed"
    case_id: UUID
    person_id: UUID
    team_id: UUID
    from_stage: str
    to_stage: str


class CaseReassigned(Event):
    type: ClassVar[str] = "casework.case.reassigned"
    case_id: UUID
    person_id: UUID
    team_id: UUID
    worker_id: str | None
    previous_worker_id: str | None = None


class CaseClosed(Event):
    type: ClassVar[str] = "casework.case.closed"
    case_id: UUID
    person_id: UUID
    team_id: UUID
    reason: str


class PlanStarted(Event):
    type: ClassVar[str] = "casework.plan.started"
    plan_id: UUID
    case_id: UUID
    person_id: UUID
    team_id: UUID


class PlanChanged(Event):
    """A plan was edited (phase, cadence, goals), stopped (the person said no or died) or opened again."""

    type: ClassVar[str] = "casework.plan.changed"
    plan_id: UUID
    case_id: UUID
    team_id: UUID
    what: str  # edited | stopped | opened_again


class PlanContactCounted(Event):
    """Casework has recorded a contact with the person of this plan; the plan's cadence counts from the contact."""

    type: ClassVar[str] = "casework.plan.contact_counted"
    plan_id: UUID
    case_id: UUID
    team_id: UUID
    contact_id: UUID
    kind: str


class PlanStepTaken(Event):
    """A step of the plan's own cadence was due: not-seen steps, review, outcome form, end of a hold to check."""

    type: ClassVar[str] = "casework.plan.step_taken"
    plan_id: UUID
    case_id: UUID
    team_id: UUID
    step: str
    occurrence: int
    outcome: str  # fired | overtaken


class PlanHeld(Event):
    """A plan was put on hold. The event never carries the reason: an agency must not be able to learn it."""

    type: ClassVar[str] = "casework.plan.held"
    plan_id: UUID
    case_id: UUID
    person_id: UUID
    team_id: UUID
    rungs_to_worker_only: bool
    until: datetime | None = None


class PlanResumed(Event):
    type: ClassVar[str] = "casework.plan.resumed"
    plan_id: UUID
    case_id: UUID
    person_id: UUID
    team_id: UUID


class PlanReviewed(Event):
    type: ClassVar[str] = "casework.plan.reviewed"
    plan_id: UUID
    case_id: UUID
    team_id: UUID
    by: str


class PlanClosed(Event):
    type: ClassVar[str] = "casework.plan.closed"
    plan_id: UUID
    case_id: UUID
    person_id: UUID
    team_id: UUID
    reason: str


class NextStepOpened(Event):
    type: ClassVar[str] = "casework.next_step.opened"
    next_step_id: UUID
    case_id: UUID
    team_id: UUID
    referral_id: UUID | None = None


class NextStepRecorded(Event):
    type: ClassVar[str] = "casework.next_step.recorded"
    next_step_id: UUID
    case_id: UUID
    team_id: UUID
    by: str


class TaskOpened(Event):
    """A task was opened. `for_role`: worker or supervisor. `kind`: what is to be done, a code."""

    type: ClassVar[str] = "casework.task.opened"
    task_id: UUID
    case_id: UUID | None
    team_id: UUID
    kind: str
    for_role: str
    due_at: datetime


class TaskDone(Event):
    type: ClassVar[str] = "casework.task.done"
    task_id: UUID
    case_id: UUID | None
    team_id: UUID
    by: str
