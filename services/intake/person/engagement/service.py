"""Changes of engagement."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.engagement.models import EngagementChange
from services.intake.person.engagement.rules import State, legal
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from shared.db.session import actor_of
from shared.events.intake import EngagementChanged
from shared.http.problems import conflict
from shared.ids import new_id


async def change(session: AsyncSession, person: Person, state: State, at: datetime) -> Person:
    """Change engagement. `person` is locked by the caller. The same state again changes nothing."""
    if person.died_at is not None:
        raise conflict("This person has died.", legal=[], rule="died")
    if person.case_id is not None:
        raise conflict("A case is open. Its stage counts now.", legal=[], rule="case_open")
    current = State(person.engagement)
    if state == current:
        return person
    if state not in legal(current):
        raise conflict(f"Not possible from {current}.", legal=legal(current), rule="illegal_move")
    person.touch()
    await enter(session, person, state, at)
    return person


async def enter(session: AsyncSession, person: Person, state: State, at: datetime) -> None:
    """Write a state that the caller has decided; the caller has touched the person."""
    person.engagement, person.engagement_since = state, at
    session.add(
        EngagementChange(
            id=new_id(),
            team_id=person.team_id,
            person_id=person.id,
            state=state,
            occurred_at=at,
            by=actor_of(session).user_id,
        )
    )
    await emit_event(session, person, EngagementChanged, at, state=state)
