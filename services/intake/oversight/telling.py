"""Requests for review, written in the transaction of the decision or disclosure."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.consent.models import Consent
from services.intake.disclosure.models import Disclosure, IssuedPermit
from services.intake.disclosure.rules import Outcome, Purpose, no_in_force
from services.intake.legal_basis.models import LegalBasis
from services.intake.oversight.models import Oversight
from services.intake.oversight.rules import What, reviewer
from services.intake.person.models import Person
from services.intake.said_no.models import Answer
from shared import clock
from shared.access.roles import Role
from shared.db.session import actor_of
from shared.events.intake import OversightNeeded
from shared.ids import new_id
from shared.outbox.emit import emit


async def decided(session: AsyncSession, basis: LegalBasis) -> None:
    """Request a review of a decision to disclose to a service without consent."""
    row = Oversight(
        team_id=basis.team_id,
        person_id=basis.person_id,
        what=What.OVERRIDE,
        record_id=basis.id,
        basis_id=basis.id,
        agency_id=basis.agency_id,
        by=basis.by,
        for_role=reviewer(actor_of(session).role),
    )
    await _request(session, row)


async def opened(session: AsyncSession, answer: Answer) -> None:
    """Request a review of a no that was ended on another ground than the person's own word."""
    row = Oversight(
        team_id=answer.team_id,
        person_id=answer.person_id,
        what=What.NO_OPENED,
        record_id=answer.id,
        by=answer.by,
        for_role=reviewer(actor_of(session).role),
    )
    await _request(session, row)


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
        await _request(session, _review_of(told, What.DISCLOSURE, whose))


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
        await _request(session, _review_of(told, What.AFTER_WITHDRAWAL, Role.GUARDIAN))


def _review_of(told: Disclosure, what: What, for_role: str) -> Oversight:
    return Oversight(
        team_id=told.team_id,
        person_id=told.person_id,
        what=what,
        record_id=told.id,
        basis_id=told.legal_basis_id,
        agency_id=told.agency_id,
        by=told.by,
        for_role=for_role,
    )


async def _request(session: AsyncSession, row: Oversight) -> None:
    row.id = new_id()
    session.add(row)
    await session.flush()
    needed = OversightNeeded(
        version=1,
        # A decision may be recorded later than it was made; the time to review it begins with the record.
        occurred_at=clock.now(),
        oversight_id=row.id,
        person_id=row.person_id,
        team_id=row.team_id,
        what=row.what,
        for_role=row.for_role,
    )
    await emit(session, needed, aggregate=row.id)
