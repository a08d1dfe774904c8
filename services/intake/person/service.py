"""Registration, search and changes of people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person import index
from services.intake.person.engagement.rules import State
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from services.intake.person.schemas import ChangePerson, RegisterPerson
from services.intake.person.sealed_facts import service as sealed_facts
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.events.intake import PersonRegistered
from shared.http.problems import conflict


async def register(session: AsyncSession, team_id: UUID, body: RegisterPerson) -> tuple[Person, list[UUID]]:
    """Open a file; return the person and the ids of similar people.

    Raise a 409 problem with those ids if there are any and `unless_known` is set.
    """
    now = clock.now()
    similar = await index.similar(session, team_id, [body.alias, *body.aliases])
    if similar and body.unless_known:
        raise conflict(
            "Your team has a file with a name that begins alike. Look whether it is the same person.",
            rule="name_known",
            similar=[str(each) for each in similar],
        )
    person = Person(
        id=own("person", team_id, body.id),
        team_id=team_id,
        alias=body.alias,
        aliases=list(body.aliases),
        language=body.language.model_dump(mode="json") if body.language else None,
        engagement=State.IDENTIFIED,
        engagement_since=now,
    )
    await added(session, person)
    session.add(sealed_facts.open_for(person))
    await index.write(session, person)
    await emit_event(session, person, PersonRegistered, now)
    return person, similar


async def change(session: AsyncSession, person: Person, body: ChangePerson) -> Person:
    """Change the fields that were sent. `person` is locked by the caller."""
    sent = body.model_fields_set
    if "alias" in sent:
        person.alias = body.alias
    if "aliases" in sent:
        person.aliases = list(body.aliases)
    if "language" in sent:
        person.language = body.language.model_dump(mode="json") if body.language else None
    if sent:
        person.touch()
        await session.flush()
    if sent & {"alias", "aliases"}:
        await index.write(session, person)
    return person


async def names(session: AsyncSession, ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Return the aliases of these people, as far as the actor may see them, in one query."""
    stmt = in_teams(select(Person).where(Person.id.in_(set(ids))), Person, actor_of(session))
    return [(person.id, person.alias or "") for person in await session.scalars(stmt)]


def listed(actor: Actor, alias: str | None, engagement: State | None) -> Select[Any]:
    """Return the query of the people of the actor's teams, to be paged."""
    stmt = in_teams(select(Person), Person, actor)
    if alias is not None:
        stmt = index.narrow(stmt, alias, actor.teams)
    if engagement is not None:
        stmt = stmt.where(Person.engagement == engagement, Person.case_id.is_(None))
    return stmt
