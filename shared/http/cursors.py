"""Paging of lists by an opaque cursor: the end of the last page, signed and bound to the order of the list."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, false, or_, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.crypto.keyring import keyring
from shared.http.problems import Problem, invalid

T = TypeVar("T")
Direction = Literal["asc", "desc"]
Order = Sequence[tuple[Any, Direction]]

MOST = 200
_MAC = 16


@dataclass(frozen=True)
class PageRequest:
    """The page that the client requests."""

    cursor: str | None
    limit: int


async def _paging(
    cursor: Annotated[
        str | None,
        Query(max_length=2000, description="`next_cursor` of the page before; the same filters and sort."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> PageRequest:
    return PageRequest(cursor, limit)


Paging = Annotated[PageRequest, Depends(_paging)]


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None


class PageView(BaseModel, Generic[T]):
    """One page of rows, as a response."""

    items: list[T]
    next_cursor: str | None = None


class Listing:
    """A select in an order (nulls last), built once for a list that is read often.

    Invariant: the last column of the order is unique, else rows are lost between pages.
    """

    def __init__(self, stmt: Select[Any], order: Order) -> None:
        columns = [column for column, _ in order]
        self._order = order
        self._name = json.dumps([(str(column), direction) for column, direction in order])
        self._width = len(stmt.column_descriptions)
        ordered = stmt.order_by(None).order_by(*(_sorted(column, direction) for column, direction in order))
        self._stmt = ordered.add_columns(*columns).limit(bindparam("page_limit", type_=Integer()))

    async def page(self, session: AsyncSession, paging: PageRequest, values: Mapping[str, Any] = {}) -> Page[Any]:
        """Return one page; `values` are those of the select's own parameters.

        An item is what the select selects: an entity or a value alone, or a row when it selects several. Raise a 422
        problem naming `cursor` when the cursor is not one of ours for this order.
        """
        stmt = self._stmt
        if paging.cursor is not None:
            stmt = stmt.where(_after(self._order, _open(paging.cursor, self._name, len(self._order))))
        rows = (await session.execute(stmt, {**values, "page_limit": paging.limit + 1})).all()
        shown = rows[: paging.limit]
        items = [row[0] if self._width == 1 else row[: self._width] for row in shown]
        more = len(rows) > paging.limit
        return Page(items, _seal(tuple(shown[-1][self._width :]), self._name) if more else None)


async def page(session: AsyncSession, stmt: Select[Any], order: Order, paging: PageRequest) -> Page[Any]:
    """Return one page of a select that is used once: see `Listing`."""
    return await Listing(stmt, order).page(session, paging)


def _nullable(column: Any) -> bool:
    return bool(getattr(getattr(column, "expression", column), "nullable", True))


def _sorted(column: Any, direction: Direction) -> Any:
    ordered = column.asc() if direction == "asc" else column.desc()
    # Added only where it matters: an index on a column without nulls serves both directions.
    return ordered.nulls_last() if direction == "desc" and _nullable(column) else ordered


def _after(order: Order, values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for the rows after these values in this order."""
    directions = {direction for _, direction in order}
    if len(directions) == 1 and not any(_nullable(column) for column, _ in order):
        # One comparison of whole rows, which PostgreSQL answers from one index.
        row = tuple_(*(column for column, _ in order))
        last = tuple_(*values)
        return row > last if directions == {"asc"} else row < last
    same: list[ColumnElement[bool]] = []
    ways: list[ColumnElement[bool]] = []
    for (column, direction), value in zip(order, values, strict=True):
        ways.append(and_(true(), *same, _beyond(column, direction, value)))
        same.append(column.is_(None) if value is None else column == value)
    return or_(*ways)


def _beyond(column: Any, direction: Direction, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    beyond = column > value if direction == "asc" else column < value
    return or_(beyond, column.is_(None)) if _nullable(column) else beyond


def _seal(values: Sequence[Any], name: str) -> str:
    body = json.dumps([_pack(value) for value in values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(body, name) + body).rstrip(b"=").decode()


def _sign(body: bytes, name: str) -> bytes:
    return keyring().hmac("cursor", name.encode() + b"\0" + body)[:_MAC]


def _open(cursor: str, name: str, width: int) -> list[Any]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if not hmac.compare_digest(raw[:_MAC], _sign(raw[_MAC:], name)):
            raise _bad()
        values = [_unpack(kind, value) for kind, value in json.loads(raw[_MAC:])]
    except (ValueError, TypeError, binascii.Error):
        raise _bad() from None
    if len(values) != width:
        raise _bad()
    return values


def _bad() -> Problem:
    return invalid("cursor", "cursor", "is not a cursor of this list in this order; start again without it")


def _pack(value: Any) -> list[Any]:
    if value is None or isinstance(value, bool | int | float):
        return ["=", value]
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, UUID):
        return ["u", str(value)]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    return ["s", str(value)]


def _unpack(kind: str, value: Any) -> Any:
    if kind == "=":
        return value
    makers = {"t": datetime.fromisoformat, "d": date.fromisoformat, "u": UUID, "n": Decimal, "s": str}
    return makers[kind](value)
