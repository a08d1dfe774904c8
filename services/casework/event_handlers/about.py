"""Say about whom and what a task is that a referral's event opens, and when nothing is asked of anybody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.projections.models import KnownReferral
from services.casework.task.service import About
from shared import clock
from shared.events.referrals import ReferralEvent


async def open_case_of(session: AsyncSession, event: ReferralEvent) -> Case | None:
    """Return the open case of this referral, locked so that its worker stays the same meanwhile."""
    return await cases.open_case_of(session, event.team_id, event.person_id, lock=True)


def asks_nothing(case: Case | None) -> bool:
    """Return whether the person said no or died: nothing more is asked of anybody because of a referral."""
    return case is not None and (case.stage == "said_no" or case.died_at is not None)


def whose(row: KnownReferral, case: Case | None) -> str | None:
    """Return the worker of the open case; without a case, whoever wrote the referral."""
    return case.worker_id if case else row.author


def about_referral(event: ReferralEvent, row: KnownReferral, case: Case | None) -> About:
    """Return what a task about this referral names."""
    return About(
        event.team_id,
        worker_id=whose(row, case),
        case_id=case.id if case else None,
        plan_id=event.plan_id,
        person_id=event.person_id,
        referral_id=event.referral_id,
        agency_id=event.agency_id,
    )


def key_of(kind: str, referral_id: UUID) -> str:
    """Return the key under which a referral has at most one open task of a kind."""
    return f"{kind}:{referral_id}"


def not_later(at: datetime) -> datetime:
    """Return the instant of a fact, or now where another clock is ahead of ours."""
    return min(at, clock.now())
