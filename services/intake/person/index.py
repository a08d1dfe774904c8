"""The blind index of the search for names."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, false, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import AliasToken, Person
from services.intake.person.rules import pieces, room_for, sought
from shared.crypto.keyring import keyring

# Increased when the pieces of names change: `refresh` then rewrites every person's entries.
EDITION = 2
_BYTES = 16
_BATCH = 200
# Nobody reads a list of more similar people.
MOST_SIMILAR = 20


def token(team_id: UUID, piece: str) -> bytes:
    """Return the keyed hash of one piece of a name within one team."""
    return keyring().hmac("intake.alias", team_id.bytes + piece.encode())[:_BYTES]


async def write(session: AsyncSession, person: Person) -> None:
    """Rewrite the index entries of a person's aliases."""
    await session.execute(delete(AliasToken).where(AliasToken.person_id == person.id))
    names = [person.alias or "", *(person.aliases or [])]
    tokens = {token(person.team_id, piece) for piece in pieces(names)}
    tokens |= {_filling(person.id, at) for at in range(room_for(len(tokens)) - len(tokens))}
    rows = [{"person_id": person.id, "team_id": person.team_id, "token": one} for one in sorted(tokens)]
    await session.execute(insert(AliasToken), rows)
    # By a statement and not through the row: the index is not part of the person's file and its version.
    await session.execute(update(Person).where(Person.id == person.id).values(names_edition=EDITION))


async def refresh(session: AsyncSession) -> int:
    """Rewrite some entries of an earlier edition; return the number of people."""
    stale = select(Person).where(Person.names_edition < EDITION).order_by(Person.id).limit(_BATCH)
    people = list(await session.scalars(stale.with_for_update(skip_locked=True)))
    for person in people:
        await write(session, person)
    return len(people)


async def similar(session: AsyncSession, team_id: UUID, names: Iterable[str]) -> list[UUID]:
    """Return the people of a team whom one of these names finds; initials are ignored, as they distinguish nobody.

    A concurrent registration in the same team waits here, and then finds the person registered first.
    """
    key = int.from_bytes(token(team_id, "register")[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    found: set[UUID] = set()
    for name in names:
        told = " ".join(word for word in name.split() if len(word) > 1) or name
        alike = narrow(select(Person.id).where(Person.team_id == team_id), told, [team_id])
        found.update(await session.scalars(alike.order_by(Person.id.desc()).limit(MOST_SIMILAR)))
    return sorted(found, reverse=True)[:MOST_SIMILAR]


def narrow(stmt: Select[Any], text: str, teams: Iterable[UUID]) -> Select[Any]:
    """Narrow a query to people of these teams who have, for each word of `text`, a name that contains the word."""
    words = sought(text)
    if not words:
        return stmt.where(false())
    teams = list(teams)
    return stmt.where(and_(*(or_(*(_holds(way, teams) for way in ways)) for ways in words)))


def _holds(wanted: set[str], teams: list[UUID]) -> Any:
    """Return the condition for people with all these pieces. A person is in one team, and no token is of two teams."""
    matches = [token(team, piece) for team in teams for piece in sorted(wanted)]
    having = select(AliasToken.person_id).where(AliasToken.token.in_(matches)).group_by(AliasToken.person_id)
    return Person.id.in_(having.having(func.count() == len(wanted)))


def _filling(person_id: UUID, at: int) -> bytes:
    """Return a padding entry, always the same, so that a rewrite does not reveal which entries are padding."""
    return keyring().hmac("intake.alias.filling", person_id.bytes + at.to_bytes(4, "big"))[:_BYTES]
