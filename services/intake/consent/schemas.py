"""Request and response bodies of consent."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.intake.consent.rules import Data, Given, TellsUs
from shared.http.bodies import Body, GivenId, Instant, View
from shared.text import Line, Text


class RecordConsent(Body):
    """A new consent. `agency_id`: the recipient; `present`: who else was there; no `expires_at`: until withdrawn."""

    id: GivenId | None = None
    agency_id: UUID
    purpose: Line
    may_tell: list[Data] = Field(min_length=1, max_length=12)
    may_tell_us: list[TellsUs] = Field(default=[], max_length=3)
    how_given: Given
    language: Line | None = None
    present: Line | None = None
    given_at: Instant | None = None
    expires_at: Instant | None = None


class WithdrawConsent(Body):
    """A withdrawal, which covers all consents for this agency: a message cannot be half forbidden."""

    how: Given = Given.SPOKEN
    words: Text | None = None
    occurred_at: Instant | None = None


class ConsentView(View):
    """A consent. `live`: neither withdrawn nor expired at the time of the request."""

    id: UUID
    person_id: UUID
    agency_id: UUID
    purpose: str
    may_tell: list[Data]
    may_tell_us: list[TellsUs]
    how_given: Given
    language: str | None
    present: str | None
    given_at: datetime
    expires_at: datetime | None
    recorded_at: datetime
    by: str
    live: bool
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_how: Given | None
    withdrawal_words: str | None
