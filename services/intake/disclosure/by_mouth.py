"""Recording of disclosures that a worker made by mouth or phone."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.consent import service as consents
from services.intake.consent.models import Consent
from services.intake.disclosure import reviews
from services.intake.disclosure.models import Disclosure
from services.intake.disclosure.rules import consent_held
from services.intake.disclosure.schemas import RecordDisclosure
from services.intake.disclosure.service import used_bases
from services.intake.legal_basis.models import LegalBasis
from services.intake.oversight.models import Oversight
from services.intake.permit.rules import Purpose
from services.intake.person.models import Person
from services.intake.person.rules import no_in_force
from services.intake.times import happened
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.http.problems import conflict, invalid


async def record(session: AsyncSession, person: Person, body: RecordDisclosure) -> Disclosure:
    """Record a disclosure with its ground. `person` is locked by the caller.

    Raise a 409 problem when the ground was not valid at that time: a disclosure without one is a concern.
    """
    at = happened(body.occurred_at)
    if person.died_at is not None and person.died_at <= at:
        raise conflict("The person had died.", rule="died")
    said_no = person.said_no_at is not None and person.said_no_at <= at
    if said_no and no_in_force(person.said_no_at, person.said_no_until, at):
        raise conflict("The person had said no.", rule="said_no")
    if body.consent_id is not None:
        await _by_consent(session, person, body, at)
    else:
        await _by_legal_basis(session, person, body, at)
    row = Disclosure(
        id=own("disclosure", person.team_id, body.id),
        team_id=person.team_id,
        person_id=person.id,
        agency_id=body.agency_id,
        referral_id=body.referral_id,
        purpose=Purpose.CALL,
        consent_id=body.consent_id,
        legal_basis_id=body.legal_basis_id,
        occurred_at=at,
        how=body.how,
        by=actor_of(session).user_id,
        told={"categories": [code.value for code in dict.fromkeys(body.categories)], "to_whom": body.to_whom},
    )
    person.touch()
    await added(session, row)
    await reviews.disclosed(session, row)
    return row


async def _by_consent(session: AsyncSession, person: Person, body: RecordDisclosure, at: datetime) -> None:
    found = select(Consent).where(Consent.id == body.consent_id, Consent.person_id == person.id)
    consent = await session.scalar(found)
    if consent is None:
        raise invalid("consent_id", "unknown", "must be a consent of this person")
    if consent.agency_id != body.agency_id:
        raise invalid("agency_id", "not_the_recipient", "must be the service that this consent names")
    known = await consents.for_agency(session, person.id, consent.agency_id)
    held = [one for one in known if consent_held(one.times, at)]
    if consent not in held:
        raise conflict("This consent did not hold at that time.", rule="not_live")
    if held[0] is not consent:
        raise conflict("There is a newer consent: the newest counts.", rule="not_newest")
    if not {code.value for code in body.categories} <= set(consent.may_tell):
        raise conflict("There is no consent to share all of this.", rule="not_covered")


async def _by_legal_basis(session: AsyncSession, person: Person, body: RecordDisclosure, at: datetime) -> None:
    found = select(LegalBasis).where(LegalBasis.id == body.legal_basis_id, LegalBasis.person_id == person.id)
    basis = await session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if basis is None:
        raise invalid("legal_basis_id", "unknown", "must be a legal basis of this person")
    if body.agency_id is not None and basis.agency_id != body.agency_id:
        raise invalid("agency_id", "not_the_recipient", "must be the service that this legal basis names")
    if not basis.overrides or basis.decided_at > at:
        raise conflict("No decision to disclose without consent held at that time.", rule="not_live")
    later_no = select(Consent.id).where(
        Consent.person_id == person.id,
        Consent.agency_id == basis.agency_id,
        Consent.withdrawn_recorded_at >= basis.recorded_at,
        Consent.withdrawn_at <= at,
    )
    if await session.scalar(later_no.limit(1)) is not None:
        raise conflict("Consent was withdrawn after this was decided.", rule="not_live")
    refused = select(Oversight.id).where(
        Oversight.basis_id == basis.id, Oversight.agrees.is_(False), Oversight.reviewed_at <= at
    )
    if await session.scalar(refused.limit(1)) is not None:
        raise conflict("The guardian had not agreed with this decision.", rule="not_live")
    if await session.scalar(select(LegalBasis.id).where(LegalBasis.id == basis.id, LegalBasis.id.in_(used_bases()))):
        raise conflict("This decision has served for a disclosure already.", rule="used")
