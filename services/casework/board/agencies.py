"""One row per agency: how many of our referrals it has, and how long it takes to answer."""

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import BoardRow
from services.casework.board.schemas import AgencyView
from services.casework.projections.models import ENDED, KnownReferral
from shared.access.table import in_teams
from shared.db.session import actor_of

_NOT_THEIRS_YET = ("draft", "awaiting_consent")
_DAY_SECONDS = 86400


async def agencies(session: AsyncSession) -> list[AgencyView]:
    """Return the agencies with referrals of the actor's teams, those with most overdue referrals first."""
    open_ = KnownReferral.state.not_in((*ENDED, *_NOT_THEIRS_YET))
    late = case((BoardRow.stalled & ~BoardRow.closed, 1))
    days = func.extract("epoch", KnownReferral.answered_at - KnownReferral.sent_at) / _DAY_SECONDS
    statement = (
        in_teams(
            select(
                KnownReferral.agency_id,
                func.count().filter(open_),
                func.count(late),
                func.min(KnownReferral.sent_at).filter(open_),
                func.percentile_cont(0.5).within_group(days).filter(KnownReferral.answered_at.is_not(None)),
            ),
            KnownReferral,
            actor_of(session),
        )
        .outerjoin(BoardRow, BoardRow.id == KnownReferral.id)
        .group_by(KnownReferral.agency_id)
    )
    found = [
        AgencyView(
            agency_id=agency,
            open=open_count,
            waiting_too_long=late_count,
            oldest_sent_at=oldest,
            median_days_to_answer=None if median is None else round(float(median), 1),
        )
        for agency, open_count, late_count, oldest, median in await session.execute(statement)
    ]
    return sorted(found, key=lambda row: (-row.waiting_too_long, -row.open, str(row.agency_id)))
