"""Rows whose id a client may name, so that a request sent twice makes one row.

What a client names is no id of ours: it is a name within one team and one kind, and the row's own id is made of all
three. So nobody learns from an answer that an id exists in another team, or hides a row by giving its id to one of
another kind; and whoever knows the id of a row can give it to no other.
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
# The first 48 bits of a UUIDv7 are the instant it was made at, by which rows are sorted.
_INSTANT = ((1 << 48) - 1) << 80


def own(kind: str, team_id: UUID, given: UUID | None) -> UUID:
    """The id of a new row: ours, or the one that belongs to what the client named. The same name, the same id.

    A UUIDv7 keeps its instant; of anything else a UUIDv8 is made.
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
    """Insert `row` now. Raises 409 when the client named another of its kind in its team so."""
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise taken() from None


def taken() -> Problem:
    """409 for a name that a row of this kind in this team has already."""
    return conflict("You have used this id already. Make a new one.", rule="id_taken")
