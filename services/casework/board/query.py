"""Reading the board: one page, and counts, each as one statement.

The shape of a statement depends on which filters are set, on the order, and on the reader's role and teams. Each shape
is built once; the reader's id and the values of the filters are parameters of every execution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board import counted
from services.casework.board.rows import BOARD, CASES, ROWS, WITH_CASE, as_view, shown
from services.casework.board.schemas import BoardRowView, Counts
from services.casework.task.models import Task, TaskLine
from shared import clock
from shared.access.roles import Role
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.base import Instant, table_of
from shared.db.session import actor_of
from shared.http.cursors import Listing, Order, PageRequest
from shared.http.problems import not_found

Sort = Literal["next_at", "since", "level", "stage"]

_B, _C = BOARD.c, CASES.c
ORDERS: dict[Sort, Order] = {
    "next_at": [(_B.next_at, "asc"), (_B.id, "asc")],
    "since": [(_B.since, "asc"), (_B.id, "asc")],
    "level": [(_B.level, "desc"), (_B.id, "desc")],
    "stage": [(_B.stage, "asc"), (_B.id, "asc")],
}
# Written as the partial indexes have it: `closed IS false` would not use them.
LIVE = ~_B.closed
_FACETS = frozenset({"stage", "worker", "worker_or_nobody"})
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "stage": _B.stage == any_(bindparam("stage", type_=ARRAY(String()))),
    "worker": _C.worker_id == any_(bindparam("worker", type_=ARRAY(String()))),
    "worker_or_nobody": or_(
        _C.worker_id == any_(bindparam("worker_or_nobody", type_=ARRAY(String()))), _C.worker_id.is_(None)
    ),
    "level": _B.level == any_(bindparam("level", type_=ARRAY(Integer()))),
    "min_level": _B.level >= bindparam("min_level"),
    "kind": _B.kind == bindparam("kind"),
    "who": _B.who == bindparam("who"),
    "agency": _B.agency_id == bindparam("agency"),
    "person": _B.person_id == any_(bindparam("person", type_=ARRAY(Uuid()))),
    "case": _B.case_id == bindparam("case"),
    "overdue": func.coalesce(_B.next_at < bindparam("now"), False) == bindparam("overdue"),
    "stalled": _B.stalled == bindparam("stalled"),
    "needs_help": _B.needs_help.is_not(None) == bindparam("needs_help"),
    **counted.conditions(),
}


@dataclass(frozen=True)
class Filters:
    """The filters of the board. Several values of one filter mean any of them; `worker` "" means nobody.

    `reached`, `sent_since` and `unanswered` name what a figure counts.
    """

    stage: Sequence[str] = ()
    worker: Sequence[str] = ()
    level: Sequence[int] = ()
    min_level: int | None = None
    kind: str | None = None
    who: str | None = None
    agency: UUID | None = None
    person: Sequence[UUID] = ()
    case: UUID | None = None
    overdue: bool | None = None
    stalled: bool | None = None
    needs_help: bool | None = None
    reached: counted.Reached | None = None
    sent_since: datetime | None = None
    unanswered: bool | None = None
    needs_me: bool = False

    def asked(self) -> dict[str, Any]:
        """Return the values of the filters that are set, by the name of their condition."""
        found = {name: value for name, value in vars(self).items() if value not in (None, (), [])}
        if not self.needs_me:
            del found["needs_me"]
        if "" in self.worker:
            found["worker_or_nobody"] = [worker for worker in found.pop("worker") if worker]
        if self.reached is not None:
            found["reached"] = counted.at_least(self.reached)
        return found


@dataclass(frozen=True)
class Question:
    """The key of a cached statement: the filters that are set, and the reader's role and teams."""

    asked: frozenset[str]
    reader: Actor

    @classmethod
    def of(cls, actor: Actor, asked: Mapping[str, Any]) -> "Question":
        return cls(frozenset(asked), replace(actor, user_id="", correlation_id=""))

    def conditions(self) -> list[ColumnElement[bool]]:
        needs = [_needs(self.reader)] if "needs_me" in self.asked else []
        return [LIVE, *(_CONDITIONS[name] for name in sorted(self.asked - {"needs_me"})), *needs]


async def rows(
    session: AsyncSession, filters: Filters, sort: Sort, paging: PageRequest
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of open rows of the actor's teams, each in the shape of a `BoardRowView`."""
    actor, asked, now = actor_of(session), filters.asked(), clock.now()
    listing = _listing(Question.of(actor, asked), sort)
    found = await listing.page(session, paging, {**asked, "me": actor.user_id, "now": now})
    return [shown(row, now) for row in found.items], found.next_cursor


async def counts(session: AsyncSession, filters: Filters) -> tuple[Counts, datetime]:
    """Count open rows by stage and by worker, each facet under every filter but its own.

    Also return when the transaction began, by the database's clock: a stream from then on misses no change.
    """
    actor = actor_of(session)
    asked = {name: value for name, value in filters.asked().items() if name not in _FACETS}
    values = {**asked, "me": actor.user_id, "now": clock.now()}
    found = (await session.execute(_counting(Question.of(actor, asked)), values)).all()
    stages: dict[str, int] = {}
    workers: dict[str, int] = {}
    total = 0
    for _, stage, worker, count in found:
        if not count:
            break  # the outer join's row without a count
        worker = worker or ""
        in_stage = not filters.stage or stage in filters.stage
        in_worker = not filters.worker or worker in filters.worker
        if in_worker:
            stages[stage] = stages.get(stage, 0) + count
        if in_stage:
            workers[worker] = workers.get(worker, 0) + count
        if in_stage and in_worker:
            total += count
    return Counts(total=total, stage=dict(sorted(stages.items())), worker=dict(sorted(workers.items()))), found[0][0]


async def one(session: AsyncSession, row_id: UUID) -> tuple[BoardRowView, list[dict[str, Any]]]:
    """Return one row, also a closed one, with its next steps; raise 404 if it is not of the actor's teams."""
    statement = in_teams(ROWS, _B, actor_of(session)).add_columns(_B.ahead).where(_B.id == row_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise not_found()
    view = as_view(found[:-1], clock.now())
    return view, [] if view.closed else found[-1]


@lru_cache(maxsize=500)
def _listing(question: Question, sort: Sort) -> Listing:
    return Listing(in_teams(ROWS, _B, question.reader).where(*question.conditions()), ORDERS[sort])


@lru_cache(maxsize=500)
def _counting(question: Question) -> Select[*tuple[Any, ...]]:
    """Build the count by stage and worker: grouped once, the caller adds up a few dozen numbers."""
    matching = in_teams(select(_B.stage, _C.worker_id, func.count().label("rows")), _B, question.reader)
    grouped = (
        matching.select_from(WITH_CASE)
        .where(*question.conditions())
        .group_by(_B.stage, _C.worker_id)
        .subquery("grouped")
    )
    begun = select(literal_column("transaction_timestamp()", Instant()).label("at")).subquery("begun")
    # Outer join, so that there is a row even when there is nothing to count.
    return select(begun.c.at, grouped.c.stage, grouped.c.worker_id, grouped.c.rows).select_from(
        begun.outerjoin(grouped, true())
    )


def _needs(reader: Actor) -> ColumnElement[bool]:
    """Build the condition for rows that need this reader: they have an open task, or a referral of theirs waits for us.

    For a supervisor also rows that need help or have no worker.
    """
    task, line = table_of(Task), table_of(TaskLine)
    me, supervises = bindparam("me", type_=String()), reader.role is Role.SUPERVISOR
    mine = or_(task.c.worker_id == me, task.c.for_role == "supervisor") if supervises else task.c.worker_id == me

    def owed(stmt: Select[Any]) -> Select[Any]:
        return in_teams(stmt, task.c, reader).where(task.c.status == "open", mine)

    # One set of ids, computed once: checked row by row, ten thousand rows took half a second.
    of_case = BOARD.alias("of_case")
    about = union_all(
        owed(select(task.c.plan_id).where(task.c.plan_id.is_not(None), task.c.referral_id.is_(None))),
        owed(select(task.c.referral_id).where(task.c.referral_id.is_not(None))),
        owed(
            select(line.c.referral_id)
            .join_from(line, task, task.c.id == line.c.task_id)
            .where(line.c.closed_at.is_(None))
        ),
        in_teams(select(of_case.c.id), of_case.c, reader)
        .join_from(of_case, CASES, and_(CASES.c.id == of_case.c.case_id, CASES.c.team_id == of_case.c.team_id))
        .where(CASES.c.worker_id == me, of_case.c.who == "us", of_case.c.kind == "referral", ~of_case.c.closed),
    )
    found = _B.id.in_(about)
    return or_(found, _B.needs_help.is_not(None), _C.worker_id.is_(None)) if supervises else found
