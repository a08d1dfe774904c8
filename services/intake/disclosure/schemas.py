"""What the API gives about disclosures."""

from datetime import datetime
from uuid import UUID

from services.intake.disclosure.rules import Purpose
from shared.http.bodies import View


class DisclosureView(View):
    """One act of telling. Its ground is either a consent or a legal basis."""

    id: UUID
    person_id: UUID
    agency_id: UUID
    referral_id: UUID
    purpose: Purpose
    consent_id: UUID | None
    legal_basis_id: UUID | None
    occurred_at: datetime
