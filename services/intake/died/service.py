"""Recording of a death, which stops every message, link, task and appointment."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.died.models import Death
from services.intake.died.schemas import RecordDeath
from services.intake.permit import service as permits
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from services.intake.times import happened
from shared import clock
from shared.db.session import actor_of
from shared.events.intake import PersonDeathStruck, PersonDied
from shared.ids import new_id


async def record(session: AsyncSession, person: Person, body: RecordDeath) -> Person:
    """Record a death and revoke live permits. `person` is locked by the caller. A repeat changes nothing."""
    at = happened(body.occurred_at)
    if person.died_at is not None:
        return person
    person.touch()
    person.died_at = at
    session.add(
        Death(
            id=new_id(),
            team_id=person.team_id,
            person_id=person.id,
            occurred_at=at,
            by=actor_of(session).user_id,
            words=body.words,
        )
    )
    await permits.lapse(session, person.id)
    await emit_event(session, person, PersonDied, at)
    return person


async def struck(session: AsyncSession, person: Person, death: Death) -> None:
    """Reopen the file of a person whose death was recorded by mistake. `person` is locked and touched by the caller.

    Whatever the death ended in other services is restored or listed there; no message leaves by itself.
    """
    person.died_at = None
    await emit_event(
        session,
        person,
        PersonDeathStruck,
        clock.now(),
        state="said_no" if person.said_no_at is not None else "known",
        since=death.occurred_at,
    )
