"""The events that casework publishes. Ids, states and instants only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event


class CaseEvent(Event):
    """The fields of every event about one case."""

    case_id: UUID
    person_id: UUID
    team_id: UUID


class CaseOpened(CaseEvent):
    """A case was opened. `stage` is waiting while no worker has room; `worker_id` is a user id."""

    type: ClassVar[str] = "casework.case.opened"
    stage: str
    worker_id: str | None = None


class CaseStageChanged(CaseEvent):
    type: ClassVar[str] = "casework.case.stage_changed"
    from_stage: str
    to_stage: str


class CaseReassigned(CaseEvent):
    type: ClassVar[str] = "casework.case.reassigned"
    worker_id: str | None
    previous_worker_id: str | None = None


class CaseClosed(CaseEvent):
    type: ClassVar[str] = "casework.case.closed"
    reason: str


class PlanEvent(Event):
    """The fields of every event about one plan."""

    plan_id: UUID
    case_id: UUID
    team_id: UUID


class PlanStarted(PlanEvent):
    type: ClassVar[str] = "casework.plan.started"
    person_id: UUID


class PlanChanged(PlanEvent):
    """A plan was edited (phase, cadence, goals), stopped (the person said no or died) or opened again."""

    type: ClassVar[str] = "casework.plan.changed"
    what: str  # edited | stopped | opened_again


class PlanContactCounted(PlanEvent):
    """Casework has recorded a contact with the person of this plan; the plan's cadence counts from the contact."""

    type: ClassVar[str] = "casework.plan.contact_counted"
    contact_id: UUID
    kind: str


class PlanStepTaken(PlanEvent):
    """A step of the plan's own cadence was due: not-seen steps, review, outcome form, end of a hold to check."""

    type: ClassVar[str] = "casework.plan.step_taken"
    step: str
    occurrence: int
    outcome: str  # fired | overtaken


class PlanHeld(PlanEvent):
    """A plan was put on hold. The event never carries the reason: an agency must not be able to learn it."""

    type: ClassVar[str] = "casework.plan.held"
    person_id: UUID
    rungs_to_worker_only: bool
    until: datetime | None = None


class PlanResumed(PlanEvent):
    type: ClassVar[str] = "casework.plan.resumed"
    person_id: UUID


class PlanReviewed(PlanEvent):
    type: ClassVar[str] = "casework.plan.reviewed"
    by: str


class PlanClosed(PlanEvent):
    type: ClassVar[str] = "casework.plan.closed"
    person_id: UUID
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
