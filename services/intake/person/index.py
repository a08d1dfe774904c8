"""The blind index behind the alias search."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, false, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import AliasToken, Person
from services.intake.person.rules import beginnings, sought
from shared.crypto.keyring import keyring

_BYTES = 16


def token(team_id: UUID, beginning: str) -> bytes:
    """The keyed hash of one beginning of a name within one team."""
    return keyring().hmac("intake.alias", team_id.bytes + beginning.encode())[:_BYTES]


async def write(session: AsyncSession, person: Person) -> None:
    """Make the index say what the person's aliases say now."""
    await session.execute(delete(AliasToken).where(AliasToken.person_id == person.id))
    names = [person.alias or "", *(person.aliases or [])]
    rows = [
        {"person_id": person.id, "team_id": person.team_id, "token": token(person.team_id, part)}
        for part in sorted(beginnings(names))
    ]
    if rows:
        await session.execute(insert(AliasToken), rows)


def narrow(stmt: Select[Any], text: str, teams: Iterable[UUID]) -> Select[Any]:
    """Only people of these teams who have, for each word of `text`, a name that begins with it."""
    parts = sought(text)
    if not parts:
        return stmt.where(false())
    teams = list(teams)
    for part in parts:
        matches = [token(team, part) for team in teams]
        stmt = stmt.where(Person.id.in_(select(AliasToken.person_id).where(AliasToken.token.in_(matches))))
    return stmt
