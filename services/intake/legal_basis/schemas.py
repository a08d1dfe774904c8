"""What the API takes and gives about legal bases."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.intake.legal_basis.rules import Ground, may_override
from shared.http.bodies import Body, Instant, View
from shared.text import Text


class Override(Body):
    """To disclose without his consent: why, the risk, why it is proportionate, and whether he was told (if not, why).

    Who decided is the one who records it.
    """

    why: Text
    risk: Text
    proportionality: Text
    told: bool
    why_not_told: Text | None = None

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.told == (self.why_not_told is not None):
            raise PydanticCustomError("why_not_told", "why_not_told is needed when he was not told, and only then")
        return self


class RecordLegalBasis(Body):
    """An override needs a ground that lifts confidence: statute, public_interest or vital_interest."""

    id: UUID | None = None
    agency_id: UUID
    grounds: list[Ground] = Field(min_length=1, max_length=6)
    note: Text | None = None
    override: Override | None = None
    decided_at: Instant | None = None

    @model_validator(mode="after")
    def _lifts(self) -> Self:
        if self.override is not None and not may_override(self.grounds):
            raise PydanticCustomError(
                "override_ground", "an override needs statute, public_interest or vital_interest among its grounds"
            )
        return self


class OverrideView(View):
    why: str
    risk: str
    proportionality: str
    told: bool
    why_not_told: str | None


class LegalBasisView(View):
    id: UUID
    person_id: UUID
    agency_id: UUID
    grounds: list[Ground]
    decided_at: datetime
    recorded_at: datetime
    by: str
    note: str | None
    override: OverrideView | None
