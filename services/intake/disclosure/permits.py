"""The end of permits: by confirmation, by a withdrawal, no or death, or by time."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.disclosure.models import Disclosure, IssuedPermit
from services.intake.disclosure.rules import Outcome
from services.intake.oversight import telling
from shared import clock
from shared.ids import new_id


async def lapse(session: AsyncSession, person_id: UUID, agency_id: UUID | None = None) -> int:
    """Revoke every live permit of a person, or those for one agency. The person is locked by the caller."""
    stmt = update(IssuedPermit).where(IssuedPermit.person_id == person_id, IssuedPermit.outcome == Outcome.LIVE)
    if agency_id is not None:
        stmt = stmt.where(IssuedPermit.agency_id == agency_id)
    return await _end(session, stmt)


async def lapse_of(session: AsyncSession, basis_id: UUID) -> int:
    """Revoke every live permit on one decision to disclose without consent. The person is locked by the caller."""
    living = (IssuedPermit.legal_basis_id == basis_id) & (IssuedPermit.outcome == Outcome.LIVE)
    return await _end(session, update(IssuedPermit).where(living))


async def sweep(session: AsyncSession) -> int:
    """Expire every unconfirmed permit past its time; return their number."""
    stmt = update(IssuedPermit).where(IssuedPermit.outcome == Outcome.LIVE, IssuedPermit.expires_at <= clock.now())
    return await _end(session, stmt)


async def confirm(session: AsyncSession, permit_id: UUID, outcome: Outcome) -> bool:
    """Record the outcome of a permit; return False when there is no such permit. A repeat changes nothing.

    *Sent* is recorded even for a permit that has lapsed meanwhile: the disclosure happened, and the person has a right
    to know. *Lapsed* after *sent* is ignored.
    """
    stmt = select(IssuedPermit).where(IssuedPermit.id == permit_id).with_for_update()
    permit = await session.scalar(stmt.execution_options(populate_existing=True))
    if permit is None:
        return False
    now = clock.now()
    if outcome is Outcome.SENT and permit.outcome != Outcome.SENT:
        told = Disclosure(
            id=new_id(),
            team_id=permit.team_id,
            permit_id=permit.id,
            referral_id=permit.referral_id,
            person_id=permit.person_id,
            agency_id=permit.agency_id,
            purpose=permit.purpose,
            consent_id=permit.consent_id,
            legal_basis_id=permit.legal_basis_id,
            occurred_at=now,
        )
        session.add(told)
        await session.flush()
        await telling.left(session, permit, told)
        await telling.disclosed(session, told)
        permit.outcome, permit.ended_at = Outcome.SENT, now
    elif outcome is Outcome.LAPSED and permit.outcome == Outcome.LIVE:
        permit.outcome, permit.ended_at = Outcome.LAPSED, now
    return True


async def _end(session: AsyncSession, stmt: Any) -> int:
    done = await session.execute(
        stmt.values(outcome=Outcome.LAPSED, ended_at=clock.now()).execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", done).rowcount
