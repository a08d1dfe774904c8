"""Requests and responses of the tasks API."""

from datetime import date, datetime
from uuid import UUID

from services.casework.words import UserId
from shared.http.bodies import Body, View
from shared.text import Text


class TaskReassign(Body):
    worker_id: UserId


class TaskDoneBody(Body):
    """An empty body: the request itself records that the task is done."""


class TaskUndoneBody(Body):
    """Why the task was not done after all."""

    why: Text


class TaskLineView(View):
    referral_id: UUID
    person_id: UUID
    case_id: UUID | None
    stage_entry: int
    open: bool


class TaskView(View):
    """One task. `mail_id`: the email to be read. `oversight_id`: the record that the guardian reads (intake's)."""

    id: UUID
    team_id: UUID
    kind: str
    for_role: str
    worker_id: str | None
    case_id: UUID | None
    plan_id: UUID | None
    person_id: UUID | None
    referral_id: UUID | None
    agency_id: UUID | None
    mail_id: UUID | None
    oversight_id: UUID | None
    practice_day: date | None
    urgent: bool
    opened_at: datetime
    due_at: datetime
    overdue: bool
    status: str
    given_by: str | None
    given_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    closed_why: str | None
    lines: list[TaskLineView]
    version: int
