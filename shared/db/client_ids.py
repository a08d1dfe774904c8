"""Client-supplied ids, so that a request sent twice creates one row.

The client's id is not the row's id: it is a name within one team and one kind, and the row's id is derived from all
three. So no response reveals that an id exists in another team, no row can be hidden by giving its id to a row of
another kind, and whoever knows the id of a row cannot give it to another row.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.problems import Problem, conflict
from shared.ids import new_id

__all__ = ["added", "own", "taken"]

UNIQUE_VIOLATION = "23505"
# The first 48 bits of a UUIDv7 are its creation time, by which rows are sorted.
_INSTANT = ((1 << 48) - 1) << 80


def own(kind: str, team_id: UUID, given: UUID | None) -> UUID:
    """Return the id of a new row: a fresh one, or the one derived from the client's id. Equal ids give equal row ids.

    A UUIDv7 keeps its creation time; any other id gives a UUIDv8.
    """
    if given is None:
        return new_id()
    made = int.from_bytes(sha256(kind.encode() + b"\0" + team_id.bytes + given.bytes).digest()[:16])
    version = 8
    if given.version == 7:
        made, version = given.int & _INSTANT | made & ~_INSTANT, 7
    made = made & ~(0xF << 76) | version << 76
    return UUID(int=made & ~(0b11 << 62) | 0b10 << 62)


async def added(session: AsyncSession, row: Any) -> None:
    """Insert `row` immediately. Raise a 409 problem when the client's id is in use for its kind and team."""
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise taken() from None


def taken() -> Problem:
    """Return a 409 problem for a client's id that a row of this kind in this team has already."""
    return conflict("You have used this id already. Make a new one.", rule="id_taken")
