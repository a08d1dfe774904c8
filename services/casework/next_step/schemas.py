"""Requests and responses of the next steps API."""

from datetime import datetime
from uuid import UUID

from shared.http.bodies import Body, View
from shared.text import Text


class NextStepRecord(Body):
    """What is done instead, in the worker's words."""

    what: Text


class NextStepView(View):
    id: UUID
    team_id: UUID
    case_id: UUID | None
    plan_id: UUID | None
    person_id: UUID
    referral_id: UUID
    agency_id: UUID
    stage_entry: int
    why: str
    reason: str | None
    opened_at: datetime
    due_at: datetime
    overdue: bool
    status: str
    closed_at: datetime | None
    closed_by: str | None
    closed_why: str | None
    what: str | None
    version: int
