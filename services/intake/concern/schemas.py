"""Request and response bodies of concerns."""

from datetime import date, datetime
from uuid import UUID

from services.intake.concern.rules import About
from shared.http.bodies import Body, GivenId, Instant, View
from shared.text import Line, Text


class RaiseConcern(Body):
    """A new concern. Without `lead_told_at`, the lead is informed later by `/concerns/{id}/told-lead`, the same day."""

    id: GivenId | None = None
    about: About
    who: Line | None = None
    what: Text
    noticed_at: Instant | None = None
    lead_told_at: Instant | None = None


class TellLead(Body):
    to_whom: Line
    decided: Text | None = None
    occurred_at: Instant | None = None


class ConcernView(View):
    """A concern. `tell_lead_by`: the last day (in London) on which the lead is informed in time."""

    id: UUID
    person_id: UUID
    about: About
    who: str | None
    what: str
    noticed_at: datetime
    recorded_at: datetime
    by: str
    tell_lead_by: date
    lead_told_at: datetime | None
    lead_told_by: str | None
    to_whom: str | None
    decided: str | None
