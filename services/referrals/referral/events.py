"""Emitting a referral's events to the other services and its own workflow, in the transaction of the fact."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral import board
from services.referrals.referral.models import Referral
from shared.context import correlation
from shared.events.referrals import ReferralEvent
from shared.outbox.emit import emit
from shared.temporal.drive import Drive
from workflows.contracts import REFERRAL, referral_workflow_id

E = TypeVar("E", bound=ReferralEvent)


async def emit_event(
    session: AsyncSession, referral: Referral, event: type[E], at: datetime, *, drive: bool = True, **facts: Any
) -> E:
    """Increment the row's version and emit the event; with `drive` the workflow is signalled and the clocks are set.

    Every event gets a version of its own: a reader that applies only what is newer must not skip the second of two.
    """
    emitted = event(
        version=referral.touch(),
        occurred_at=at,
        referral_id=referral.id,
        person_id=referral.person_id,
        team_id=referral.team_id,
        case_id=referral.case_id,
        plan_id=referral.plan_id,
        agency_id=referral.agency_id,
        service_id=referral.service_id,
        **facts,
    )
    if drive:
        referral.clocks_due = True
    wanted = Drive(REFERRAL, referral_workflow_id(referral.id), fact(referral.version, event.type)) if drive else None
    await emit(session, emitted, aggregate=referral.id, drive=wanted)
    board.emit_before_commit(session, referral, at)
    return emitted


def fact(version: int, kind: str) -> dict[str, Any]:
    """Return the fact with which a workflow is signalled (workflows.contracts.Fact)."""
    return {"version": version, "kind": kind, "correlation_id": correlation()}
