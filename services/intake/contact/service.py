"""Recording and reading of contacts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.contact.models import Contact
from services.intake.contact.rules import LOOKED_AT, Kind, Usual, usually_found
from services.intake.contact.schemas import LogContact
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from services.intake.times import happened
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.events.intake import ContactLogged, ContactStruck
from shared.http.problems import conflict


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
    await emit_event(session, person, ContactLogged, at, contact_id=contact.id, kind=contact.kind, by=contact.by)
    return contact


async def struck(session: AsyncSession, person: Person, contact: Contact) -> None:
    """Announce that a contact was struck, so that casework no longer counts it.

    `person` is locked and touched by the caller.
    """
    await emit_event(
        session,
        person,
        ContactStruck,
        contact.occurred_at,
        contact_id=contact.id,
        kind=contact.kind,
        by=contact.by,
        struck_by=actor_of(session).user_id,
    )


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


async def usual_places(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Usual]:
    """Return where each of these people is usually found, of those for whom that is known."""
    met = in_teams(
        select(
            Contact.id,
            func.row_number()
            .over(partition_by=Contact.person_id, order_by=(Contact.occurred_at.desc(), Contact.id.desc()))
            .label("place"),
        ).where(
            Contact.person_id.in_(set(ids)),
            Contact.kind.in_((Kind.MET, Kind.SIGHTED)),
            Contact.struck_at.is_(None),
        ),
        Contact,
        actor,
    ).subquery()
    latest = select(Contact).join(met, met.c.id == Contact.id).where(met.c.place <= LOOKED_AT)
    seen: dict[UUID, list[tuple[str | None, datetime]]] = {}
    for row in await session.scalars(latest.order_by(Contact.occurred_at.desc(), Contact.id.desc())):
        place = row.sighting["where"] if row.sighting else row.place
        seen.setdefault(row.person_id, []).append((place, row.occurred_at))
    found = {person: usually_found(times) for person, times in seen.items()}
    return {person: usual for person, usual in found.items() if usual is not None}
