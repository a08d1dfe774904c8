"""Emitting the events of a person, in the transaction of the fact."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import Person
from shared.events.intake import PersonEvent
from shared.outbox.emit import emit


async def emit_event(
    session: AsyncSession, person: Person, event: type[PersonEvent], at: datetime, **facts: Any
) -> None:
    """Emit an event with the version of the person after the fact. The caller has locked and touched the person."""
    about = event(version=person.version, occurred_at=at, person_id=person.id, team_id=person.team_id, **facts)
    await emit(session, about, aggregate=person.id)
