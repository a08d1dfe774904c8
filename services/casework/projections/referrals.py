"""The state of every referral: a projection of referrals' events, from the first one on."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.projections.models import ENDED, KnownReferral
from shared import clock
from shared.db.base import table_of
from shared.events.referrals import ReferralEvent, ReferralMoved

# The latest answer was a mistake; the state is that before it.
CORRECT = "correct"

# Compiled at import: nearly every event runs these.
_KNOW = insert(table_of(KnownReferral)).on_conflict_do_nothing()
_LOCK = (
    select(KnownReferral)
    .where(KnownReferral.id == bindparam("referral"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def open_referrals(session: AsyncSession, team_id: UUID, person_id: UUID | None) -> list[KnownReferral]:
    """Return the person's open referrals of this team, as far as their events have come."""
    found = await session.scalars(
        select(KnownReferral)
        .where(KnownReferral.team_id == team_id, KnownReferral.person_id == person_id)
        .where(KnownReferral.state.not_in(ENDED))
        .order_by(KnownReferral.id)
    )
    return list(found)


async def known(session: AsyncSession, event: ReferralEvent) -> KnownReferral:
    """Return the locked row of a referral, made when this is the first event."""
    this = {"referral": event.referral_id}
    if (row := await session.scalar(_LOCK, this)) is not None:
        return row
    values = {
        "id": event.referral_id,
        "team_id": event.team_id,
        "recorded_at": clock.now(),
        "version": 0,
        "person_id": event.person_id,
        "case_id": event.case_id,
        "plan_id": event.plan_id,
        "agency_id": event.agency_id,
        "service_id": event.service_id,
        "state": "draft",
        "stage_entry": 0,
        "resolved_version": 0,
        "reacted_version": 0,
        "told_version": 0,
        "confirmed_version": 0,
        "question_version": 0,
    }
    await session.execute(_KNOW, values)
    return (await session.scalars(_LOCK, this)).one()


def store_state(row: KnownReferral, event: ReferralMoved) -> None:
    """Store the state of a referral on its locked row, if the event is newer.

    Whichever handler of the event runs first writes it.
    """
    if event.version > row.version:
        row.version, row.state, row.stage_entry = event.version, event.to_state, event.stage_entry
        row.agency_id, row.service_id = event.agency_id, event.service_id
        row.case_id, row.plan_id = event.case_id or row.case_id, event.plan_id or row.plan_id
        row.appointment_at = event.appointment_at
