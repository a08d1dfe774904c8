"""Handlers of a referral's appointment: the service confirms it, and the person is informed of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.event_handlers.about import about_referral, asks_nothing, key_of, not_later, open_case_of
from services.casework.projections.models import KnownReferral
from services.casework.projections.referrals import known
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import inform_person_due
from shared import clock
from shared.events.referrals import AppointmentConfirmed, AppointmentTold, ReferralEvent


async def confirmed(session: AsyncSession, event: AppointmentConfirmed) -> None:
    """Close the task to confirm an appointment, which the service confirmed, and open the task to inform the person."""
    case = await open_case_of(session, event)
    row = await known(session, event)
    if event.version <= row.confirmed_version:
        return
    row.confirmed_version = event.version
    await session.flush()
    await tasks.close(session, Task.key == key_of("confirm_appointment", event.referral_id), why="confirmed")
    # A move received before this one proposed it; a later move has the present appointment.
    if row.reacted_version <= event.version and not asks_nothing(case):
        about, at = about_referral(event, row, case), not_later(event.occurred_at)
        await inform_person(session, event, event.appointment_at, row, about, at)


async def person_informed(session: AsyncSession, event: AppointmentTold) -> None:
    """Close the task to inform the person, who now knows of the appointment."""
    row = await known(session, event)
    row.told_version = max(row.told_version, event.version)
    await session.flush()
    if row.reacted_version <= event.version:
        await tasks.close(session, Task.key == key_of("inform_person", event.referral_id), why="told")


async def inform_person(
    session: AsyncSession,
    event: ReferralEvent,
    appointment_at: datetime | None,
    row: KnownReferral,
    about: tasks.About,
    at: datetime,
) -> None:
    """Open the task to inform the person of an appointment, or to ask what became of one that is past."""
    if row.told_version > event.version:
        return
    if appointment_at is not None and appointment_at <= clock.now():
        # The event came only after its hour: the person can no longer be informed.
        await tasks.open_task(session, "what_became", tasks.became_key(event.referral_id), about, at=at)
        return
    due = inform_person_due(at, appointment_at) if appointment_at and appointment_at > at else None
    # A new date is a new fact for the person.
    await tasks.close(session, Task.key == key_of("inform_person", event.referral_id), why="rebooked")
    await tasks.open_task(session, "inform_person", key_of("inform_person", event.referral_id), about, at=at, due=due)
