"""Every table of intake, for migrations and the mapper: a table that is not imported here is not created."""

from services.intake.base import SERVICE, Base
from services.intake.concern.models import Concern
from services.intake.consent.models import Consent
from services.intake.contact.models import Contact
from services.intake.counts.models import YearlyCount
from services.intake.died.models import Death
from services.intake.disclosure.models import Disclosure
from services.intake.legal_basis.models import LegalBasis
from services.intake.oversight.models import Oversight
from services.intake.partner_link.models import PartnerLink
from services.intake.permit.models import IssuedPermit
from services.intake.person.engagement.models import EngagementChange
from services.intake.person.models import AliasToken, Person
from services.intake.person.safe_contact.models import SafeContact
from services.intake.person.sealed_facts.models import SealedFacts
from services.intake.said_no.models import Answer
from services.intake.strike.models import Strike

__all__ = [
    "SERVICE",
    "AliasToken",
    "Answer",
    "Base",
    "Concern",
    "Consent",
    "Contact",
    "Death",
    "Disclosure",
    "EngagementChange",
    "IssuedPermit",
    "LegalBasis",
    "Oversight",
    "PartnerLink",
    "Person",
    "SafeContact",
    "SealedFacts",
    "Strike",
    "YearlyCount",
]
