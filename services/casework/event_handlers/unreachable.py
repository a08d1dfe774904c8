"""Handlers of a service that cannot be written to, or has closed: the worker rings it, or chooses another."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.event_handlers.about import about_referral, asks_nothing, key_of, not_later, open_case_of
from services.casework.projections.models import ENDED
from services.casework.projections.referrals import known
from services.casework.task import service as tasks
from shared.events.referrals import CallNeeded, ServiceShut


async def call_needed(session: AsyncSession, event: CallNeeded) -> None:
    """Open the worker's task to ring a service without an email address, today, and tell it of the referral."""
    case = await open_case_of(session, event)
    row = await known(session, event)
    if event.version <= row.reacted_version or asks_nothing(case):
        return
    key, at = key_of("ring_to_refer", event.referral_id), not_later(event.occurred_at)
    await tasks.open_task(session, "ring_to_refer", key, about_referral(event, row, case), at=at)


async def service_shut(session: AsyncSession, event: ServiceShut) -> None:
    """Open the worker's task to choose another service for one that closed.

    It ends with the referral, or when it is done.
    """
    case = await open_case_of(session, event)
    row = await known(session, event)
    if row.reacted_version > event.version and row.state in ENDED:
        return
    if not asks_nothing(case):
        key, about = f"service_shut:{event.referral_id}:{event.version}", about_referral(event, row, case)
        await tasks.open_task(session, "service_shut", key, about, at=not_later(event.occurred_at))
