"""Writing a row whose id the client may have made."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.problems import Problem, conflict
from shared.ids import new_id

UNIQUE_VIOLATION = "23505"


def own(made: UUID | None) -> UUID:
    """The id of a new row: the client's when it made one, otherwise ours."""
    return made or new_id()


async def added(session: AsyncSession, row: Any) -> None:
    """Insert `row` now. Raises 409 when its id is taken, by whomever: the answer is the same for every holder."""
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise taken() from None


def taken() -> Problem:
    """409 for an id that is in use already."""
    return conflict("This id is taken. Make a new one.", rule="id_taken")
