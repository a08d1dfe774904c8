"""Handlers of other services' events in intake."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.base import SERVICE
from services.intake.person.models import Person
from shared.events.casework import CaseOpened
from shared.inbox.consumer import HandlerGroup


async def case_opened(session: AsyncSession, event: CaseOpened) -> None:
    """End engagement: from now on the case stage is authoritative. Of two openings the later one counts."""
    stmt = select(Person).where(Person.id == event.person_id, Person.team_id == event.team_id)
    person = await session.scalar(stmt.with_for_update())
    if person is None or (person.case_opened_at is not None and person.case_opened_at >= event.occurred_at):
        return
    person.case_id, person.case_opened_at = event.case_id, event.occurred_at
    person.touch()


GROUPS = [HandlerGroup("engagement", SERVICE, {CaseOpened: case_opened}, start="all")]
