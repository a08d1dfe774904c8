"""Recording and reading of contacts."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.contact.models import Contact
from services.intake.contact.rules import Kind
from services.intake.contact.schemas import LogContact
from services.intake.person.models import Person
from services.intake.times import happened
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.given import added, own
from shared.db.session import actor_of
from shared.events.intake import ContactLogged, ContactStruck
from shared.http.problems import conflict
from shared.outbox.emit import emit


async def log(session: AsyncSession, person: Person, body: LogContact) -> Contact:
    """Record a contact, also a late entry. `person` is locked by the caller."""
    at = happened(body.occurred_at)
    if person.died_at is not None and at > person.died_at:
        raise conflict("This person has died. You can only record what happened before.", rule="died")
    contact = Contact(
        id=own("contact", person.team_id, body.id),
        team_id=person.team_id,
        person_id=person.id,
        kind=body.kind,
        channel=body.channel,
        occurred_at=at,
        by=actor_of(session).user_id,
        place=body.place,
        note=body.note,
        sighting=body.sighting.model_dump() if body.sighting else None,
    )
    person.touch()
    await added(session, contact)
    logged = ContactLogged(
        version=person.version,
        occurred_at=at,
        contact_id=contact.id,
        person_id=person.id,
        team_id=person.team_id,
        kind=contact.kind,
        by=contact.by,
    )
    await emit(session, logged, aggregate=person.id)
    return contact


async def struck(session: AsyncSession, person: Person, contact: Contact) -> None:
    """Announce that a contact was struck, so that casework no longer counts it.

    `person` is locked and touched by the caller.
    """
    gone = ContactStruck(
        version=person.version,
        occurred_at=contact.occurred_at,
        contact_id=contact.id,
        person_id=person.id,
        team_id=person.team_id,
        kind=contact.kind,
        by=contact.by,
        struck_by=actor_of(session).user_id,
    )
    await emit(session, gone, aggregate=person.id)


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of a person's contacts, to be paged."""
    return in_teams(select(Contact).where(Contact.person_id == person.id, Contact.struck_at.is_(None)), Contact, actor)


async def last_ones(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> list[Contact]:
    """Return the latest contact of each of these people, without missed attempts."""
    stmt = select(Contact).where(
        Contact.person_id.in_(set(ids)), Contact.kind != Kind.MISSED, Contact.struck_at.is_(None)
    )
    newest_first = (Contact.person_id, Contact.occurred_at.desc(), Contact.id.desc())
    latest = stmt.ext(distinct_on(Contact.person_id)).order_by(*newest_first)
    return list(await session.scalars(in_teams(latest, Contact, actor)))
