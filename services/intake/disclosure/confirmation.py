"""The confirmation of permits: what was disclosed, and what was not."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.disclosure import reviews
from services.intake.disclosure.models import Disclosure
from services.intake.permit.models import IssuedPermit
from services.intake.permit.rules import Outcome
from shared import clock
from shared.ids import new_id


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
        await reviews.left(session, permit, told)
        await reviews.disclosed(session, told)
        permit.outcome, permit.ended_at = Outcome.SENT, now
    elif outcome is Outcome.LAPSED and permit.outcome == Outcome.LIVE:
        permit.outcome, permit.ended_at = Outcome.LAPSED, now
    return True
