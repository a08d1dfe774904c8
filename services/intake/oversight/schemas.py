"""Request and response bodies of oversight."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.oversight.rules import What
from shared.access.roles import Role
from shared.http.bodies import Body, View
from shared.text import Text


class GiveWord(Body):
    """The result of a review. A disagreement needs its `why`; the decision then allows nothing more."""

    agrees: bool
    why: Text | None = Field(default=None, validate_default=True)

    @field_validator("why")
    @classmethod
    def _why(cls, why: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("agrees") is False and why is None:
            raise PydanticCustomError("why", "is needed when you do not agree")
        return why


class OversightView(View):
    """A review. `record_id` is the legal basis, disclosure or answer under review."""

    id: UUID
    person_id: UUID
    what: What
    record_id: UUID
    basis_id: UUID | None
    agency_id: UUID | None
    recorded_at: datetime
    by: str | None
    for_role: Role
    reviewed_at: datetime | None
    reviewed_by: str | None
    agrees: bool | None
    why: str | None
