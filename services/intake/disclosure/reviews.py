"""The reviews that a disclosure needs, requested in its transaction."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.consent.models import Consent
from services.intake.disclosure.models import Disclosure
from services.intake.legal_basis.models import LegalBasis
from services.intake.oversight import requests
from services.intake.oversight.models import Oversight
from services.intake.oversight.rules import What
from services.intake.permit.models import IssuedPermit
from services.intake.permit.rules import Outcome, Purpose
from services.intake.person.models import Person
from services.intake.person.rules import no_in_force
from shared.access.roles import Role


async def disclosed(session: AsyncSession, told: Disclosure) -> None:
    """Request a review of a disclosure on a decision without consent, which may have been reviewed long before.

    No review is requested while the decision itself, or an earlier disclosure on it, waits for one: they are read
    together. A reminder by reference discloses nothing, and content shown a second time is not new.
    """
    if told.legal_basis_id is None or told.purpose == Purpose.CHASE:
        return
    # The lock serialises two disclosures on one decision.
    basis = await session.scalar(select(LegalBasis).where(LegalBasis.id == told.legal_basis_id).with_for_update())
    if basis is None or not basis.overrides:
        return
    waits = exists().where(Oversight.basis_id == basis.id, Oversight.reviewed_at.is_(None))
    before = exists().where(
        Disclosure.legal_basis_id == basis.id, Disclosure.purpose == told.purpose, Disclosure.id != told.id
    )
    if not await session.scalar(select(waits | before)):
        decided_for = select(Oversight.for_role).where(Oversight.record_id == basis.id)
        whose = await session.scalar(decided_for) or Role.GUARDIAN
        await _review(session, What.DISCLOSURE, told, whose)


async def left(session: AsyncSession, permit: IssuedPermit, told: Disclosure) -> None:
    """Request a review of a message that left after its permit was revoked by a withdrawal, a no or a death."""
    if permit.outcome != Outcome.LAPSED or permit.ended_at is None or told.purpose == Purpose.NO_CONTACT:
        return
    person = await session.get(Person, permit.person_id)
    consent = await session.get(Consent, permit.consent_id) if permit.consent_id else None
    withdrawn = consent is not None and consent.withdrawn_at is not None
    over = person is not None and (
        person.died_at is not None or no_in_force(person.said_no_at, person.said_no_until, told.occurred_at)
    )
    if withdrawn or over:
        await _review(session, What.AFTER_WITHDRAWAL, told, Role.GUARDIAN)


async def _review(session: AsyncSession, what: What, told: Disclosure, for_role: str) -> None:
    await requests.request(
        session,
        what,
        told,
        person_id=told.person_id,
        by=told.by,
        for_role=for_role,
        basis_id=told.legal_basis_id,
        agency_id=told.agency_id,
    )
