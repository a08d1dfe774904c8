"""Requests and responses of the tasks API."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.casework.words import UserId
from shared.http.bodies import Body, View
from shared.text import Text


class TaskReassign(Body):
    worker_id: UserId


class TaskDoneBody(Body):
    """The request itself records that the task is done; `why` says how, where somebody chose it.

    `referral_id`: only this referral comes off a gathered task, which goes on for the others.
    """

    referral_id: UUID | None = None
    why: Literal["done", "otherwise", "not_needed"] | None = None


class TaskUndoneBody(Body):
    """Why the task was not done after all. It may be left out while the task has only just been recorded as done.

    `referral_id`: this referral goes back on a gathered task.
    """

    referral_id: UUID | None = None
    why: Text | None = None


class PausedView(View):
    """Why the person's plan is paused (custody, hospital, away), and until when, if that is known."""

    kind: str
    until: datetime | None


class TaskLineView(View):
    """One referral on a gathered task. `worker_id`: who works with the person."""

    worker_id: str | None
    referral_id: UUID
    person_id: UUID
    paused: PausedView | None
    case_id: UUID | None
    stage_entry: int
    open: bool


class TaskView(View):
    """One task.

    `case_worker_id`: who works with the person, whoever does the task. `mail_id`: the email to be read. `oversight_id`:
    the record that the guardian reads (intake's). `late`: the task whose day has passed, on a task that says so.
    """

    id: UUID
    team_id: UUID
    kind: str
    for_role: str
    worker_id: str | None
    case_worker_id: str | None
    case_id: UUID | None
    plan_id: UUID | None
    person_id: UUID | None
    paused: PausedView | None
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
    late: "TaskView | None"
    version: int
