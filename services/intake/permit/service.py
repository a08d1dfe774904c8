"""The end of permits that were not confirmed: by a withdrawal, a no or a death, by disagreement, or by time."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.permit.models import IssuedPermit
from services.intake.permit.rules import Outcome
from shared import clock


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


async def _end(session: AsyncSession, stmt: Any) -> int:
    done = await session.execute(
        stmt.values(outcome=Outcome.LAPSED, ended_at=clock.now()).execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", done).rowcount
