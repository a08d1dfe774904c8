"""The board by person: one line for each, however many plans and referrals of theirs are open.

A line is led by the most urgent row of the person, and among those alike by the first in the order asked for. Lines
follow each other by what leads them; by the next step, so that nobody sinks below what is due first of theirs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    String,
    bindparam,
    case,
    distinct,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.query import ORDERS, Filters, Question, Sort
from services.casework.board.rows import BOARD, CASES, ROWS, WITH_CASE, shown
from services.casework.board.schemas import Counts
from shared import clock
from shared.access.table import in_teams
from shared.db.base import Instant
from shared.db.session import actor_of
from shared.http.cursors import Listing, Order, PageRequest

_B, _C = BOARD.c, CASES.c
_TURNED: Mapping[str, Any] = {"asc": "desc", "desc": "asc"}
_URGENCY = case(
    (_B.needs_help.is_not(None), 0),
    (or_(_B.stalled, func.coalesce(_B.next_at < bindparam("now"), False)), 1),
    else_=2,
)
_SOONEST = func.min(_B.next_at).over(partition_by=_B.person_id).label("soonest")


async def lines(
    session: AsyncSession, filters: Filters, sort: Sort, paging: PageRequest, *, last_first: bool = False
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of people, each with all their open rows, in the shape of a `PersonLineView`."""
    actor, asked, now = actor_of(session), filters.asked(), clock.now()
    listing = _leading(Question.of(actor, asked), sort, last_first)
    found = await listing.page(session, paging, {**asked, "me": actor.user_id, "now": now})
    leads = [shown(row, now) for row in found.items]
    people = [lead["person_id"] for lead in leads]
    every = await session.execute(_rows_of(Question.of(actor, {"person": people})), {"person": people})
    of_person: dict[Any, list[dict[str, Any]]] = {}
    for row in every:
        each = shown(row, now)
        of_person.setdefault(each["person_id"], []).append(each)
    return [_line(lead, of_person.get(lead["person_id"], [])) for lead in leads], found.next_cursor


def _line(lead: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"person_id": lead["person_id"], "rows": [lead, *(row for row in rows if row["id"] != lead["id"])]}


async def counts(session: AsyncSession, filters: Filters) -> tuple[Counts, datetime]:
    """Count people by stage and by worker, each facet under every filter but its own, and the database's time.

    Somebody with a plan and two referrals in one stage is counted once there, and once in the total.
    """
    actor, asked = actor_of(session), filters.asked()
    values = {**asked, "me": actor.user_id, "now": clock.now()}
    found = (await session.execute(_counting(Question.of(actor, asked)), values)).all()
    by: dict[str, dict[str, int]] = {"stage": {}, "worker": {}, "total": {}}
    for facet, key, count, _ in found:
        by[facet][key or ""] = count
    return Counts(total=by["total"].get("", 0), stage=by["stage"], worker=by["worker"]), found[0][3]


@lru_cache(maxsize=500)
def _leading(question: Question, sort: Sort, last_first: bool) -> Listing:
    """Build the list of leading rows: of each person the most urgent, then all of them in the order or from its end."""
    order = [
        (column.asc().nulls_last() if way == "asc" else column.desc().nulls_last()) for column, way in ORDERS[sort]
    ]
    first = (
        in_teams(ROWS.add_columns(_SOONEST), _B, question.reader)
        .where(*question.conditions())
        .ext(distinct_on(_B.person_id))
        .order_by(_B.person_id, _URGENCY, *order)
        .subquery("leading")
    )
    [(column, way), _] = ORDERS[sort]
    way = _TURNED[way] if last_first else way
    by = first.c.soonest if sort == "next_at" else first.c[column.name]
    # Whatever leads the line by the time that the next page is asked for, the person is the same.
    outside: Order = [(by, way), (first.c.person_id, way)]
    return Listing(select(*(each for each in first.c if each.name != _SOONEST.name)), outside)


@lru_cache(maxsize=500)
def _rows_of(question: Question) -> Select[Any]:
    """Build the select of every open row of some people: the plan first, then by the next step."""
    return (
        in_teams(ROWS, _B, question.reader)
        .where(*question.conditions())
        .order_by(_B.kind, _B.next_at.asc().nulls_last(), _B.id)
    )


@lru_cache(maxsize=500)
def _counting(question: Question) -> CompoundSelect[*tuple[Any, ...]]:
    """Build the counts of people: in all, by stage and by worker, in one statement."""
    people, begun = func.count(distinct(_B.person_id)), literal_column("transaction_timestamp()", Instant())

    def counted(facet: str, key: Any, without: str) -> Select[*tuple[Any, ...]]:
        asked = frozenset(name for name in question.asked if not (without and name.startswith(without)))
        chosen = in_teams(select(literal(facet), key, people, begun), _B, question.reader).select_from(WITH_CASE)
        return chosen.where(*Question(asked, question.reader).conditions())

    return union_all(
        counted("total", null().cast(String()), ""),
        counted("stage", _B.stage, "stage").group_by(_B.stage),
        counted("worker", _C.worker_id, "worker").group_by(_C.worker_id),
    )
