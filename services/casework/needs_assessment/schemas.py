"""Requests and responses of the needs assessments API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.casework.needs_assessment.rules import Domain
from shared.http.bodies import Body, Instant, View
from shared.text import Text


class Score(Body):
    score: int = Field(ge=1, le=5)
    sentence: Text | None = None


class NeedsAssessmentRecord(Body):
    """One to ten domains, each with a score from 1 to 5 and a sentence. `at` defaults to now and is never later."""

    domains: dict[Domain, Score] = Field(min_length=1, max_length=10)
    at: Instant | None = None


class ScoreView(View):
    score: int
    sentence: str | None


class NeedsAssessmentView(View):
    id: UUID
    case_id: UUID
    at: datetime
    by: str
    domains: dict[str, ScoreView]
