"""Reading the board: one page, and counts, each as one statement that its indexes answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import BoardRow
from services.casework.board.rows import ROWS, as_view, shown
from services.casework.board.schemas import BoardRowView, Counts
from services.casework.case.models import Case
from services.casework.task.models import Task, TaskLine
from shared import clock
from shared.access.roles import Role
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.session import actor_of
from shared.http.cursors import Order, PageRequest, page
from shared.http.problems import not_found

Sort = Literal["next_at", "since", "level", "stage"]

_ORDERS: dict[Sort, Order] = {
    "next_at": [(BoardRow.next_at, "asc"), (BoardRow.id, "asc")],
    "since": [(BoardRow.since, "asc"), (BoardRow.id, "asc")],
    "level": [(BoardRow.level, "desc"), (BoardRow.id, "desc")],
    "stage": [(BoardRow.stage, "asc"), (BoardRow.id, "asc")],
}
# Written as the partial indexes have it: `closed IS false` would not use them.
LIVE = ~BoardRow.closed


@dataclass(frozen=True)
class Filters:
    """What to show. Several values of one filter mean any of them; `worker` "" means nobody."""

    stage: Sequence[str] = ()
    worker: Sequence[str] = ()
    level: Sequence[int] = ()
    min_level: int | None = None
    kind: str | None = None
    who: str | None = None
    agency: UUID | None = None
    person: UUID | None = None
    case: UUID | None = None
    overdue: bool | None = None
    stalled: bool | None = None
    needs_help: bool | None = None
    needs_me: bool = False


async def rows(
    session: AsyncSession, filters: Filters, sort: Sort, paging: PageRequest
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of open rows of the actor's teams, each in the shape of a `BoardRowView`."""
    statement = in_teams(ROWS, BoardRow, actor_of(session)).where(
        LIVE, *_conditions(filters, actor_of(session)), _stages(filters), _workers(filters)
    )
    found = await page(session, statement, _ORDERS[sort], paging)
    now = clock.now()
    return [shown(row, now) for row in found.items], found.next_cursor


async def counts(session: AsyncSession, filters: Filters) -> Counts:
    """Open rows by stage and by worker: each facet under every filter but its own.

    Without further filters one narrow index answers it.
    """
    actor = actor_of(session)
    matching = (
        in_teams(
            select(
                BoardRow.stage.label("stage"),
                func.coalesce(Case.worker_id, "").label("worker"),
                _stages(filters).label("in_stage"),
                _workers(filters).label("in_worker"),
            ),
            BoardRow,
            actor,
        )
        .select_from(BoardRow)
        .outerjoin(Case, Case.id == BoardRow.case_id)
        .where(LIVE, *_conditions(filters, actor))
        .subquery()
    )
    # Grouped once by everything: what is left to add up are a few dozen numbers.
    columns = (matching.c.stage, matching.c.worker, matching.c.in_stage, matching.c.in_worker)
    found = await session.execute(select(*columns, func.count()).group_by(*columns))
    stages: dict[str, int] = {}
    workers: dict[str, int] = {}
    total = 0
    for stage, worker, in_stage, in_worker, count in found:
        if in_worker:
            stages[stage] = stages.get(stage, 0) + count
        if in_stage:
            workers[worker] = workers.get(worker, 0) + count
        if in_stage and in_worker:
            total += count
    return Counts(total=total, stage=dict(sorted(stages.items())), worker=dict(sorted(workers.items())))


async def one(session: AsyncSession, row_id: UUID) -> tuple[BoardRowView, list[dict[str, Any]]]:
    """One row, also a closed one, with what lies ahead; 404 if it is not of the actor's teams."""
    statement = in_teams(ROWS, BoardRow, actor_of(session)).add_columns(BoardRow.ahead).where(BoardRow.id == row_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise not_found()
    view = as_view(found[:-1], clock.now())
    return view, [] if view.closed else found[-1]


def _stages(filters: Filters) -> ColumnElement[bool]:
    return BoardRow.stage.in_(filters.stage) if filters.stage else true()


def _workers(filters: Filters) -> ColumnElement[bool]:
    if not filters.worker:
        return true()
    named = [worker for worker in filters.worker if worker]
    nobody = Case.worker_id.is_(None) if "" in filters.worker else literal(False)
    return or_(Case.worker_id.in_(named), nobody)


def _conditions(filters: Filters, actor: Actor) -> list[ColumnElement[bool]]:
    """All filters but stage and worker, which have facets."""
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (BoardRow.kind, filters.kind),
        (BoardRow.who, filters.who),
        (BoardRow.agency_id, filters.agency),
        (BoardRow.person_id, filters.person),
        (BoardRow.case_id, filters.case),
        (BoardRow.stalled, filters.stalled),
    ):
        if value is not None:
            found.append(column == value)
    if filters.level:
        found.append(BoardRow.level.in_(filters.level))
    if filters.min_level is not None:
        found.append(BoardRow.level >= filters.min_level)
    if filters.overdue is not None:
        late = func.coalesce(BoardRow.next_at < clock.now(), False)
        found.append(late if filters.overdue else ~late)
    if filters.needs_help is not None:
        helpless = BoardRow.needs_help.is_not(None)
        found.append(helpless if filters.needs_help else ~helpless)
    if filters.needs_me:
        found.append(_needs(actor))
    return found


def _needs(actor: Actor) -> ColumnElement[bool]:
    """Rows that wait for this reader: an open task of theirs is about it, or it waits for us and is theirs.

    A supervisor also sees what needs help and what has no worker.
    """
    mine = Task.worker_id == actor.user_id
    if actor.role is Role.SUPERVISOR:
        mine = or_(mine, Task.for_role == "supervisor")
    owed = and_(Task.status == "open", Task.team_id.in_(actor.teams), mine)
    # One set of ids, found once: asked row by row, ten thousand rows took half a second.
    about = union_all(
        select(Task.plan_id).where(owed, Task.plan_id.is_not(None), Task.referral_id.is_(None)),
        select(Task.referral_id).where(owed, Task.referral_id.is_not(None)),
        select(TaskLine.referral_id).join(Task, Task.id == TaskLine.task_id).where(owed, TaskLine.closed_at.is_(None)),
    )
    waits = and_(BoardRow.who == "us", BoardRow.kind == "referral", Case.worker_id == actor.user_id)
    found = or_(BoardRow.id.in_(about), waits)
    if actor.role is Role.SUPERVISOR:
        return or_(found, BoardRow.needs_help.is_not(None), Case.worker_id.is_(None))
    return found
