"""Request and response bodies of legal bases."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.legal_basis.rules import Ground, may_override
from shared.http.bodies import Body, GivenId, Instant, View
from shared.text import Text


class Override(Body):
    """A decision to disclose without consent: why, the risk, and why it is proportionate.

    `told`: whether the person was informed; if not, `why_not_told`. The actor of the request made the decision.
    """

    why: Text
    risk: Text
    proportionality: Text
    told: bool
    why_not_told: Text | None = Field(default=None, validate_default=True)

    @field_validator("why_not_told")
    @classmethod
    def _told(cls, why: str | None, info: ValidationInfo) -> str | None:
        told = info.data.get("told")
        if told is not None and told == (why is not None):
            raise PydanticCustomError("why_not_told", "is needed when the person was not told, and only then")
        return why


class RecordLegalBasis(Body):
    """A new legal basis. An override needs a ground that lifts confidence: statute, public or vital interest."""

    id: GivenId | None = None
    agency_id: UUID
    grounds: list[Ground] = Field(min_length=1, max_length=6)
    note: Text | None = None
    override: Override | None = None
    decided_at: Instant | None = None

    @field_validator("override")
    @classmethod
    def _lifts(cls, override: Override | None, info: ValidationInfo) -> Override | None:
        grounds = info.data.get("grounds")
        if override is not None and grounds is not None and not may_override(grounds):
            raise PydanticCustomError("override_ground", "choose a statute, public interest or vital interest too")
        return override


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
