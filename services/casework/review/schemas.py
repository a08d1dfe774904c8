"""Requests and responses of the reviews API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Body, View


class ReviewsSign(Body):
    """Many reviews in one request. `signed` false takes the reader's own signatures back."""

    signed: bool = True
    ids: list[UUID] = Field(min_length=1, max_length=200)


class ReviewView(View):
    id: UUID
    team_id: UUID
    plan_id: UUID
    person_id: UUID
    at: datetime
    by: str
    signed_at: datetime | None
    signed_by: str | None
    note: str | None
