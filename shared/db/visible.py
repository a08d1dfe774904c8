"""Loading the row that a request names: every such read passes here, where it will be audited."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.access.scope import in_teams
from shared.db.base import Row
from shared.db.session import actor_of
from shared.http.problems import not_found

__all__ = ["find", "visible"]

R = TypeVar("R", bound=Row)


async def visible(
    session: AsyncSession, model: type[R], row_id: UUID, *conditions: ColumnElement[bool], lock: bool = False
) -> R:
    """Return the row, if it is of a team of the actor and meets the conditions.

    Raise the same 404 problem for a row that the actor may not see as for one that does not exist. Pass `lock` before
    a change. A row that the transaction has already is read anew: it may have changed, above all during the wait for
    its lock.
    """
    row = await find(session, model, row_id, *conditions, lock=lock)
    if row is None:
        raise not_found()
    return row


async def find(
    session: AsyncSession,
    model: type[R],
    row_id: UUID,
    *conditions: ColumnElement[bool],
    lock: bool = False,
    shared_with: ColumnElement[bool] | None = None,
) -> R | None:
    """Return the row as `visible` does, or None. `shared_with` is a condition in place of the actor's teams."""
    stmt = select(model).where(model.id == row_id, *conditions)
    stmt = in_teams(stmt, model, actor_of(session)) if shared_with is None else stmt.where(shared_with)
    if lock:
        stmt = stmt.with_for_update()
    return await session.scalar(stmt.execution_options(populate_existing=True))
