"""Reconciling: a workflow for every open plan, and the rows whose next step is overdue."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from services.casework.board.models import BoardRow
from services.casework.board.schemas import WatchView
from services.casework.operations.schemas import ReconciledView
from services.casework.plan.models import Plan
from shared import clock
from shared.access.table import reach
from shared.context import Actor
from shared.db.session import Database, actor_of
from shared.http.state import Services
from shared.reconcile import Kept, Reconciler
from workflows.contracts import CASE_PLAN, plan_workflow_id

SERVICE = "casework"
Teams = Sequence[UUID] | None

SLEEPS_TOO_LONG = timedelta(minutes=15)
_MOST = 500


async def reconcile(database: Database, client: Client, teams: Teams = None, *, deep: bool = False) -> ReconciledView:
    """Compare every open plan (of these teams) with its workflow. Two runs at the same time are harmless."""
    found = await Reconciler(database, PLANS).whole(client, teams, deep=deep)
    async with database.transaction(Actor.service(SERVICE)) as session:
        late = await sleeping(session)
    return ReconciledView(
        checked=found.checked,
        restarted=found.restarted,
        replaced=found.replaced,
        woken=found.woken,
        ended=found.ended,
        watch=late,
    )


async def reconcile_once(services: Services) -> None:
    """Run one background round."""
    if services.temporal is None:
        return
    await _reconciler(services).round(services.temporal)


async def keep_note(services: Services) -> None:
    """Keep the engine's note of how far the rows were."""
    await _reconciler(services).keep_note(await services.until_temporal())


def _reconciler(services: Services) -> Reconciler:
    return services.memory.setdefault("reconciler", Reconciler(services.work, PLANS))


async def sleeping(session: AsyncSession) -> list[WatchView]:
    """Return the rows whose next step is more than 15 minutes past, the longest first.

    They are of the actor's teams, or of all teams for an operator of all.
    """
    now = clock.now()
    late = (
        select(BoardRow)
        .where(~BoardRow.closed, BoardRow.next_at < now - SLEEPS_TOO_LONG)
        .order_by(BoardRow.next_at)
        .limit(_MOST)
    )
    if (teams := reach(actor_of(session), "operations.watch")) is not None:
        late = late.where(BoardRow.team_id.in_(teams))
    return [
        WatchView(
            id=row.id,
            kind=row.kind,
            team_id=row.team_id,
            case_id=row.case_id,
            stage=row.stage,
            next_at=row.next_at,
            late_minutes=int((now - row.next_at) / timedelta(minutes=1)),
            needs_help=row.needs_help,
        )
        for row in await session.scalars(late)
        if row.next_at is not None
    ]


async def _open(session: AsyncSession, teams: Teams) -> dict[UUID, int]:
    found = await session.execute(select(Plan.id, Plan.version).where(Plan.stage != "closed", *_in(teams)))
    return {plan: version for plan, version in found}


async def _existing(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Plan.id).where(Plan.id.in_(ids))))


async def _late(session: AsyncSession) -> set[UUID]:
    late = select(BoardRow.id).where(
        BoardRow.kind == "plan", ~BoardRow.closed, BoardRow.next_at < clock.now() - SLEEPS_TOO_LONG
    )
    return set(await session.scalars(late.limit(_MOST)))


PLANS = Kept(SERVICE, CASE_PLAN, plan_workflow_id, _open, _existing, _late)


def _in(teams: Teams) -> list[ColumnElement[bool]]:
    return [] if teams is None else [Plan.team_id.in_(teams)]
