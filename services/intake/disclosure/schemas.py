"""Request and response bodies of disclosures."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.consent.rules import Data
from services.intake.disclosure.rules import How
from services.intake.permit.rules import Purpose
from shared.http.bodies import Body, GivenId, Instant, View
from shared.text import Line


class RecordDisclosure(Body):
    """A disclosure by mouth or phone: the kinds of data, and the agency (and whom there) or person as recipient.

    The ground is either a consent or a legal basis of the person. The actor of the request made the disclosure.
    """

    id: GivenId | None = None
    categories: list[Data] = Field(min_length=1, max_length=12)
    how: How
    agency_id: UUID | None = None
    to_whom: Line | None = Field(default=None, validate_default=True)
    referral_id: UUID | None = None
    consent_id: UUID | None = None
    legal_basis_id: UUID | None = Field(default=None, validate_default=True)
    occurred_at: Instant | None = None

    @field_validator("to_whom")
    @classmethod
    def _somebody(cls, to_whom: str | None, info: ValidationInfo) -> str | None:
        if to_whom is None and "agency_id" in info.data and info.data["agency_id"] is None:
            raise PydanticCustomError("to_whom", "say which service or who was told")
        return to_whom

    @field_validator("legal_basis_id")
    @classmethod
    def _one_ground(cls, basis: UUID | None, info: ValidationInfo) -> UUID | None:
        if "consent_id" in info.data and (info.data["consent_id"] is None) == (basis is None):
            raise PydanticCustomError("ground", "give either a consent or a legal basis")
        return basis


class DisclosureView(View):
    """One disclosure. Its ground is either a consent or a legal basis.

    `how`, `by`, `categories` and `to_whom` are set for a disclosure by mouth or phone.
    """

    id: UUID
    person_id: UUID
    agency_id: UUID | None
    referral_id: UUID | None
    purpose: Purpose
    consent_id: UUID | None
    legal_basis_id: UUID | None
    occurred_at: datetime
    how: How | None
    by: str | None
    categories: list[Data]
    to_whom: str | None
