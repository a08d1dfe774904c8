"""Figures for plots: counts of acts, and about a single person only on the page of their own plan."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.counted import RANKS, WAY, came_to
from services.casework.board.models import TimelineEntry
from services.casework.board.schemas import FiguresView, ReachedView, WeekView
from services.casework.projections.models import ENDED, KnownContact, KnownReferral
from services.casework.timeline import entries
from shared import clock
from shared.access.table import in_teams
from shared.clock import LONDON, local_date
from shared.db.session import actor_of


async def figures(session: AsyncSession, sent_since: datetime | None = None) -> FiguresView:
    """Return how many referrals reached each state, from the timeline, and how many ended in which state.

    `sent_since`: only of those that were last sent since then.
    """
    actor = actor_of(session)
    furthest = (
        in_teams(
            select(
                TimelineEntry.row_id,
                func.max(case(*((came_to == state, rank) for state, rank in RANKS.items()))).label("rank"),
            ),
            TimelineEntry,
            actor,
        )
        .where(entries.stands())
        .group_by(TimelineEntry.row_id)
        .subquery()
    )
    still_open = func.count().filter(KnownReferral.state.not_in(ENDED))
    in_period = true() if sent_since is None else KnownReferral.sent_at >= sent_since
    counted = await session.execute(
        select(furthest.c.rank, func.count(), still_open)
        .select_from(furthest)
        .outerjoin(KnownReferral, KnownReferral.id == furthest.c.row_id)
        .where(furthest.c.rank.is_not(None), in_period)
        .group_by(furthest.c.rank)
    )
    at_rank = [(rank, count, open_) for rank, count, open_ in counted]
    reached = [
        ReachedView(
            state=state,
            count=sum(count for at, count, _ in at_rank if at >= rank),
            open=sum(open_ for at, _, open_ in at_rank if at >= rank),
        )
        for rank, state in enumerate(WAY)
    ]
    ended = await session.execute(
        in_teams(select(KnownReferral.state, func.count()), KnownReferral, actor)
        .where(KnownReferral.state.in_(ENDED), in_period)
        .group_by(KnownReferral.state)
    )
    return FiguresView(reached=reached, ended={state: count for state, count in ended})


async def contacts(session: AsyncSession, case_id: UUID, weeks: int) -> list[WeekView]:
    """Return the contacts of a case by week, empty weeks included. The caller has checked access to the case."""
    today = local_date(clock.now())
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    monday = func.date_trunc("week", func.timezone(LONDON.key, KnownContact.occurred_at))
    found = await session.execute(
        select(monday, KnownContact.kind, func.count().cast(Integer))
        .where(KnownContact.case_id == case_id, KnownContact.struck_at.is_(None), monday >= first)
        .group_by(monday, KnownContact.kind)
    )
    counts: dict[tuple[date, str], int] = {(at.date(), kind): count for at, kind, count in found}
    return [_week(first + timedelta(weeks=n), counts) for n in range(weeks)]


def _week(week: date, counts: dict[tuple[date, str], int]) -> WeekView:
    return WeekView(
        week=week,
        met=counts.get((week, "met"), 0),
        spoke=counts.get((week, "spoke"), 0),
        sighted=counts.get((week, "sighted"), 0),
        missed=counts.get((week, "missed"), 0),
    )
