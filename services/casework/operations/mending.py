"""Mending from rows alone, and finding overdue rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from services.casework.board.models import BoardRow, TimelineEntry
from services.casework.board.schemas import WatchView
from services.casework.heard.models import ENDED, KnownReferral
from services.casework.operations.schemas import MendedView
from services.casework.plan.models import Plan
from shared import clock, log
from shared.access.table import reach
from shared.context import Actor
from shared.db.session import Database, actor_of
from shared.http.state import Services
from shared.reconcile import Kept, Reconciler, not_running, restart
from shared.temporal.drive import Drive
from workflows.contracts import CASE_PLAN, REFERRAL, plan_workflow_id, referral_workflow_id

SERVICE = "casework"
Teams = Sequence[UUID] | None

SLEEPS_TOO_LONG = timedelta(minutes=15)
_MOST = 500
_ON_ITS_WAY = timedelta(minutes=1)


async def mend(database: Database, client: Client, teams: Teams = None, *, deep: bool = False) -> MendedView:
    """Compare every open plan (of these teams) with its workflow, and close the board rows of what has ended.

    Two runs at the same time are harmless.
    """
    found = await Reconciler(database, PLANS).whole(client, teams, deep=deep)
    settled = await _settle_ended(database, client, teams)
    async with database.transaction(Actor.service(SERVICE)) as session:
        late = await sleeping(session)
    return MendedView(
        checked=found.checked,
        restarted=found.restarted,
        replaced=found.replaced,
        woken=found.woken,
        ended=found.ended,
        settled=settled,
        watch=late,
    )


async def keep_mending(services: Services) -> None:
    """Run one background round."""
    if services.temporal is None:
        return
    await _reconciler(services).round(services.temporal)
    await _settle_ended(services.work, services.temporal)


async def keep_note(services: Services) -> None:
    """Keep the engine's note of how far the rows were."""
    await _reconciler(services).keep_note(await services.until_temporal())


def _reconciler(services: Services) -> Reconciler:
    return services.memory.setdefault("reconciler", Reconciler(services.work, PLANS))


async def _settle_ended(database: Database, client: Client, teams: Teams = None) -> list[str]:
    async with database.transaction(Actor.service(SERVICE)) as session:
        ended = [*await _plans_ended_but_shown(session, teams), *await _referrals_ended_but_shown(session, teams)]
    settled = [*await restart(client, ended), *await _close_strays(database, client, teams)]
    if settled:
        log.get(part="reconcile").warning("board rows settled", ids=settled, count=len(settled))
    return settled


async def _close_strays(database: Database, client: Client, teams: Teams) -> list[str]:
    """Take off the board the rows that no service has: reported while an older database was being restored.

    If such a row is a plan or referral whose event has not come yet, its workflow runs, or reports again once it does.
    """
    async with database.transaction(Actor.service(SERVICE)) as session:
        strays = await _shown_without_a_row(session, teams)
    gone = await not_running(client, strays)
    if gone:
        async with database.transaction(Actor.service(SERVICE)) as session:
            await session.execute(update(BoardRow).where(BoardRow.id.in_(gone)).values(closed=True))
    return [strays[row] for row in gone]


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
    found = await session.execute(select(Plan.id, Plan.version).where(Plan.stage != "closed", *_of(Plan, teams)))
    return {plan: version for plan, version in found}


async def _existing(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Plan.id).where(Plan.id.in_(ids))))


async def _late(session: AsyncSession) -> set[UUID]:
    late = select(BoardRow.id).where(
        BoardRow.kind == "plan", ~BoardRow.closed, BoardRow.next_at < clock.now() - SLEEPS_TOO_LONG
    )
    return set(await session.scalars(late.limit(_MOST)))


PLANS = Kept(SERVICE, CASE_PLAN, plan_workflow_id, _open, _existing, _late)


def _of(noun: type[Plan | KnownReferral | BoardRow], teams: Teams) -> list[ColumnElement[bool]]:
    return [] if teams is None else [noun.team_id.in_(teams)]


async def _plans_ended_but_shown(session: AsyncSession, teams: Teams) -> list[Drive]:
    """Return closed plans whose last board row was lost with the engine's store. A fresh row is still on its way."""
    found = await session.execute(
        select(Plan.id, Plan.version)
        .join(BoardRow, BoardRow.id == Plan.id)
        .where(Plan.stage == "closed", ~BoardRow.closed, Plan.closed_at < clock.now() - _ON_ITS_WAY, *_of(Plan, teams))
    )
    return [PLANS.drive(plan, version) for plan, version in found]


async def _referrals_ended_but_shown(session: AsyncSession, teams: Teams) -> list[Drive]:
    """Return ended referrals that the board still shows: referrals asks for a workflow only while they are open."""
    news = exists().where(
        TimelineEntry.row_id == KnownReferral.id, TimelineEntry.recorded_at >= clock.now() - _ON_ITS_WAY
    )
    found = await session.execute(
        select(KnownReferral.id, KnownReferral.version)
        .join(BoardRow, BoardRow.id == KnownReferral.id)
        .where(BoardRow.kind == "referral", ~BoardRow.closed)
        .where(KnownReferral.state.in_(ENDED), ~news, *_of(KnownReferral, teams))
    )
    return [Drive(REFERRAL, referral_workflow_id(referral), _fact(version)) for referral, version in found]


async def _shown_without_a_row(session: AsyncSession, teams: Teams) -> dict[UUID, str]:
    """Return open board rows of plans and referrals that casework does not know, with their workflows' ids.

    A new row may be here before its event.
    """
    known = exists().where(KnownReferral.id == BoardRow.id) | exists().where(Plan.id == BoardRow.id)
    found = await session.execute(
        select(BoardRow.id, BoardRow.kind)
        .where(~BoardRow.closed, ~known, BoardRow.recorded_at < clock.now() - _ON_ITS_WAY, *_of(BoardRow, teams))
        .limit(_MOST)
    )
    return {row: plan_workflow_id(row) if kind == "plan" else referral_workflow_id(row) for row, kind in found}


def _fact(version: int) -> dict[str, Any]:
    """Return the fact for a new run, which reads the row once whatever the version."""
    return {"version": version, "kind": "reconciled", "correlation_id": ""}
