"""One row per agency: how many of our referrals it has, and how long it takes to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.counted import NOT_THEIRS_YET, OWES_NOTHING
from services.casework.board.models import BoardRow
from services.casework.board.replies import Wait, median_days
from services.casework.board.schemas import AgencyView
from services.casework.projections.models import ENDED, KnownReferral
from shared import clock
from shared.access.table import in_teams
from shared.db.session import actor_of

_DAY_SECONDS = 86400


@dataclass(frozen=True)
class _Referral:
    """A referral to one agency; `since` is when it entered its state."""

    state: str
    sent_at: datetime | None
    answered_at: datetime | None
    late: bool
    since: datetime | None

    @property
    def open(self) -> bool:
        return self.state not in (*ENDED, *NOT_THEIRS_YET)

    def wait(self, now: datetime) -> Wait | None:
        """Return how long its agency took, or has had it without an answer; None while the agency does not have it."""
        if self.sent_at is None or (self.answered_at is None and self.state in OWES_NOTHING):
            return None
        until = self.answered_at or ((self.since or now) if self.state in ENDED else now)
        return Wait(max(0.0, (until - self.sent_at).total_seconds() / _DAY_SECONDS), self.answered_at is not None)


async def agencies(session: AsyncSession, sent_since: datetime | None = None) -> list[AgencyView]:
    """Return the agencies with referrals of the actor's teams, those with most overdue referrals first.

    `sent_since`: only what was sent since then.
    """
    late = func.coalesce(BoardRow.stalled & ~BoardRow.closed, False)
    columns = (KnownReferral.state, KnownReferral.sent_at, KnownReferral.answered_at, late, BoardRow.since)
    statement: Select[*tuple[Any, ...]] = select(KnownReferral.agency_id, *columns)
    statement = in_teams(statement, KnownReferral, actor_of(session))
    statement = statement.outerjoin(BoardRow, BoardRow.id == KnownReferral.id)
    if sent_since is not None:
        statement = statement.where(KnownReferral.sent_at >= sent_since)
    of: dict[UUID, list[_Referral]] = {}
    for agency, *values in await session.execute(statement):
        of.setdefault(agency, []).append(_Referral(*values))
    found = [_view(agency, referrals, clock.now()) for agency, referrals in of.items()]
    return sorted(found, key=lambda row: (-row.waiting_too_long, -row.open, str(row.agency_id)))


def _view(agency: UUID, referrals: Sequence[_Referral], now: datetime) -> AgencyView:
    waits = [(one, wait) for one in referrals if (wait := one.wait(now)) is not None]
    unanswered = [wait.days for one, wait in waits if one.open and not wait.replied]
    return AgencyView(
        agency_id=agency,
        open=sum(one.open for one in referrals),
        waiting_too_long=sum(one.late for one in referrals),
        oldest_sent_at=min((one.sent_at for one in referrals if one.open and one.sent_at), default=None),
        median_days_to_answer=median_days([wait for _, wait in waits]),
        sent=len(waits),
        unanswered=len(unanswered),
        longest_unanswered_days=round(max(unanswered), 1) if unanswered else None,
    )
