"""Requests for review, written in the transaction of the decision or disclosure."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.oversight.models import Oversight
from services.intake.oversight.rules import What, reviewer
from shared import clock
from shared.db.base import Row
from shared.db.session import actor_of
from shared.events.intake import OversightNeeded
from shared.ids import new_id
from shared.outbox.emit import emit


async def request(
    session: AsyncSession,
    what: What,
    record: Row,
    *,
    person_id: UUID,
    by: str | None,
    for_role: str | None = None,
    basis_id: UUID | None = None,
    agency_id: UUID | None = None,
) -> None:
    """Write a request for review of this record, and its event.

    `for_role` defaults to the role that reviews what the actor decides.
    """
    about: dict[str, Any] = {
        "person_id": person_id,
        "team_id": record.team_id,
        "what": what,
        "for_role": for_role or reviewer(actor_of(session).role),
    }
    row = Oversight(id=new_id(), record_id=record.id, basis_id=basis_id, agency_id=agency_id, by=by, **about)
    session.add(row)
    await session.flush()
    # A decision may be recorded later than it was made; the time to review it begins with the record.
    needed = OversightNeeded(version=1, occurred_at=clock.now(), oversight_id=row.id, **about)
    await emit(session, needed, aggregate=row.id)
