"""Reconciling: a workflow for every open referral, and the steps that are overdue."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from services.referrals.base import SERVICE
from services.referrals.clock.models import ClockOpening, RungRow
from services.referrals.codes import OPEN
from services.referrals.directory_change import dates
from services.referrals.mail import service as mails
from services.referrals.mail import team_mailbox, unclaimed
from services.referrals.outbound import departure
from services.referrals.referral.models import Referral
from shared import clock
from shared.access.table import reach
from shared.context import Actor
from shared.db.session import Database
from shared.http.bodies import View
from shared.http.deps import Platform, TemporalClient, Tx, Who
from shared.http.routes import Routes
from shared.http.state import Services
from shared.practice.calendar import local_day
from shared.reconcile import Kept, Reconciled, Reconciler
from workflows.contracts import REFERRAL, referral_workflow_id

# A step that is this late is overdue: its workflow is gone, stuck or refused.
TOO_LATE = timedelta(minutes=15)


class SleeperView(View):
    """A referral whose next step is overdue."""

    referral_id: UUID
    reference: str
    clock: str
    action: str
    due_at: datetime


class MailsView(View):
    """The state of inbound email. Counts and an instant only: the contents are for those who may read them."""

    refused: int  # could not be read, and nobody has handled them yet
    ignored: int  # of the last 30 days: from unknown senders, about nothing of ours
    unread: int
    oldest_unread_at: datetime | None
    mailbox_failing_since: datetime | None  # the mailbox at the provider cannot be read
    mailbox_why: str | None


class WatchView(View):
    """The overdue steps and the inbound email of the reader's teams."""

    open: int
    sleeping: list[SleeperView]
    mails_nobody_reads: int | None  # until ALONGSIDE_INBOUND_MAIL_TEAM names a team; for operators of all teams
    mails: MailsView


class ReconciledView(View):
    """What one round of the reconciler did, as workflow ids.

    `restarted`: there was none; `replaced`: its history contradicted its row, as after a restored database; `woken`:
    its version was older than the row's; `ended`: it had no row.
    """

    checked: int
    restarted: list[str]
    replaced: list[str]
    woken: list[str]
    ended: list[str]
    sleeping: int


async def reconcile(
    client: Client, database: Database, teams: Sequence[UUID] | None = None, *, deep: bool = False
) -> Reconciled:
    """Compare every open referral (of these teams) with its workflow, from rows alone."""
    done = await Reconciler(database, REFERRALS).whole(client, teams, deep=deep)
    ours = [] if teams is None else [Referral.team_id.in_(teams)]
    async with database.transaction(Actor.service(SERVICE)) as session:
        done.watch = list((await session.execute(_late(clock.now()).where(*ours))).all())
    return done


async def reconcile_once(services: Services) -> None:
    """Run the background round of this service."""
    if services.temporal is not None:
        await _reconciler(services).round(services.temporal)
    await unclaimed.look_after(services.work, services.settings.inbound_mail_team)
    await _check_dates_daily(services)


async def _check_dates_daily(services: Services) -> None:
    """Check once a day whether the dates of a service have passed: that happens without an import."""
    today = local_day(clock.now())
    if services.memory.get("directory_looked_at") != today:
        async with services.work.transaction(Actor.service(SERVICE)) as session:
            await dates.report_closed_services(session, today)
        services.memory["directory_looked_at"] = today


async def keep_note(services: Services) -> None:
    """Keep the engine's note of how far the rows were."""
    await _reconciler(services).keep_note(await services.until_temporal())


def _reconciler(services: Services) -> Reconciler:
    return services.memory.setdefault("reconciler", Reconciler(services.work, REFERRALS))


async def _open(session: AsyncSession, teams: Sequence[UUID] | None) -> dict[UUID, int]:
    ours = [] if teams is None else [Referral.team_id.in_(teams)]
    stmt = select(Referral.id, Referral.version).where(Referral.state.in_(sorted(OPEN)), *ours)
    return {id: version for id, version in await session.execute(stmt)}


async def _existing(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Referral.id).where(Referral.id.in_(ids))))


async def _late_rows(session: AsyncSession) -> set[UUID]:
    return {row.id for row in await session.execute(_late(clock.now()))}


REFERRALS = Kept(SERVICE, REFERRAL, referral_workflow_id, _open, _existing, _late_rows)


async def sleeping(session: AsyncSession, actor: Actor) -> WatchView:
    """Return the steps of the actor's teams that are more than 15 minutes late."""
    count = select(func.count()).select_from(Referral).where(Referral.state.in_(sorted(OPEN)))
    late = _late(clock.now())
    if (teams := reach(actor, "operations.watch")) is not None:
        count = count.where(Referral.team_id.in_(teams))
        late = late.where(Referral.team_id.in_(teams))
    rows = (await session.execute(late)).all()
    failing_since, why = await team_mailbox.failing(session)
    return WatchView(
        open=await session.scalar(count) or 0,
        sleeping=[
            SleeperView(referral_id=r.id, reference=r.reference, clock=r.clock, action=r.action, due_at=r.at)
            for r in rows
        ],
        # Emails of no team yet are counted only for operators of all teams.
        mails_nobody_reads=await unclaimed.count(session) if teams is None else None,
        mails=MailsView(**await mails.standing(session, teams), mailbox_failing_since=failing_since, mailbox_why=why),
    )


def _late(now: datetime) -> Select[UUID, str, str, str, datetime]:
    wakes = func.greatest(RungRow.at, RungRow.not_before)
    return (
        select(Referral.id, Referral.reference, RungRow.clock, RungRow.action, RungRow.at)
        .join(RungRow, RungRow.referral_id == Referral.id)
        .join(ClockOpening, ClockOpening.id == RungRow.opening_id)
        .where(
            RungRow.outcome == "planned",
            RungRow.parked.is_(False),
            ClockOpening.closed_at.is_(None),
            wakes < now - TOO_LATE,
            Referral.state.in_(sorted(OPEN)),
        )
        .order_by(RungRow.at)
        .limit(500)
    )


routes = Routes("/operations", tags=["operations"])


@routes.post("/reconcile", allow="operations.reconcile", keyless=True, status_code=200)
async def reconcile_now(actor: Who, platform: Platform, client: TemporalClient, deep: bool = False) -> ReconciledView:
    """Run one round, for a supervisor over their own teams, and return what it restored.

    Waiting emails are tried immediately. With `deep` the state of each workflow is queried, and a workflow that
    contradicts its row is replaced.
    """
    teams = reach(actor, "operations.reconcile")
    async with platform.work.transaction(Actor.service(SERVICE)) as session:
        await departure.try_now(session, teams)
    done = await reconcile(client, platform.work, teams, deep=deep)
    return ReconciledView(
        checked=done.checked,
        restarted=done.restarted,
        replaced=done.replaced,
        woken=done.woken,
        ended=done.ended,
        sleeping=len(done.watch),
    )


@routes.get("/watch", allow="operations.watch")
async def watch(tx: Tx, actor: Who) -> WatchView:
    """Return the overdue steps."""
    return await sleeping(tx, actor)
