"""Requests for review, written in the transaction of the decision or disclosure."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.oversight.models import Oversight
from services.intake.oversight.rules import What, reviewer
from shared import clock
from shared.db.session import actor_of
from shared.events.intake import OversightNeeded
from shared.ids import new_id
from shared.outbox.emit import emit


async def request_for_override(
    session: AsyncSession, team_id: UUID, person_id: UUID, basis_id: UUID, agency_id: UUID | None, by: str
) -> None:
    """Request a review of a decision to disclose to a service without consent."""
    row = Oversight(
        team_id=team_id,
        person_id=person_id,
        what=What.OVERRIDE,
        record_id=basis_id,
        basis_id=basis_id,
        agency_id=agency_id,
        by=by,
        for_role=reviewer(actor_of(session).role),
    )
    await request(session, row)


async def request_for_no_opened(
    session: AsyncSession, team_id: UUID, person_id: UUID, answer_id: UUID, by: str
) -> None:
    """Request a review of a no that was ended on another ground than the person's own word."""
    row = Oversight(
        team_id=team_id,
        person_id=person_id,
        what=What.NO_OPENED,
        record_id=answer_id,
        by=by,
        for_role=reviewer(actor_of(session).role),
    )
    await request(session, row)


async def request(session: AsyncSession, row: Oversight) -> None:
    """Write a request for review, and its event."""
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
