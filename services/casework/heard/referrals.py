"""The state of every referral, and its timeline: a projection of referrals' events, from the first one on."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.timeline import enter, envelope_of
from services.casework.heard.models import ENDED, KnownReferral
from shared import clock
from shared.db.base import table_of
from shared.events.referrals import (
    AppointmentConfirmed,
    AppointmentTold,
    CallNeeded,
    EscalationRecorded,
    EscalationsResolved,
    QuestionAnswered,
    QuestionRaised,
    ReferralDecided,
    ReferralDrafted,
    ReferralEvent,
    ReferralMoved,
)

# Moves by which the agency has answered what was sent.
ANSWERS = frozenset({"see", "waitlist", "accept", "book", "decline", "attend", "treat", "complete"})

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


async def drafted(session: AsyncSession, event: ReferralDrafted) -> None:
    row = await known(session, event)
    row.author = event.by or row.author
    await _enter(session, event, "drafted", event.by)


def stand(row: KnownReferral, event: ReferralMoved) -> None:
    """Store the state of a referral on its locked row, if the event is newer.

    Whichever handler of the event runs first writes it.
    """
    if event.version > row.version:
        row.version, row.state, row.stage_entry = event.version, event.to_state, event.stage_entry
        row.agency_id, row.service_id = event.agency_id, event.service_id
        row.case_id, row.plan_id = event.case_id or row.case_id, event.plan_id or row.plan_id
        row.appointment_at = event.appointment_at


async def moved(session: AsyncSession, event: ReferralMoved) -> None:
    row = await known(session, event)
    stand(row, event)
    if event.move == CORRECT and event.to_state in ("sent", "undeliverable"):
        row.answered_at = None  # the first answer was a mistake
    # Measured from events in any order: the latest sending, and the first answer after it.
    if event.to_state == "sent" and event.from_state in ("draft", "awaiting_consent"):
        if row.sent_at is None or row.sent_at < event.occurred_at:
            row.sent_at = event.occurred_at
            if row.answered_at is not None and row.answered_at < event.occurred_at:
                row.answered_at = None
    elif event.move in ANSWERS and event.from_state in ("sent", "undeliverable"):
        first = row.answered_at is None or event.occurred_at < row.answered_at
        if first and (row.sent_at is None or event.occurred_at >= row.sent_at):
            row.answered_at = event.occurred_at
    await session.flush()
    at = event.appointment_at.isoformat() if event.appointment_at else None
    await _enter(
        session, event, event.move, event.by,
        from_state=event.from_state, to_state=event.to_state, reason=event.reason, appointment_at=at,
        corrects=event.corrects, corrects_version=event.corrects_version,
        proposed=event.proposed,
    )  # fmt: skip


async def question_raised(session: AsyncSession, event: QuestionRaised) -> None:
    await _enter(session, event, "question_raised", "agency")


async def question_answered(session: AsyncSession, event: QuestionAnswered) -> None:
    await _enter(session, event, "question_answered", "")


async def confirmed(session: AsyncSession, event: AppointmentConfirmed) -> None:
    await _enter(session, event, "confirmed", "", appointment_id=str(event.appointment_id))


async def told(session: AsyncSession, event: AppointmentTold) -> None:
    await _enter(session, event, "told", "", appointment_id=str(event.appointment_id))


async def escalated(session: AsyncSession, event: EscalationRecorded) -> None:
    await _enter(
        session, event, f"step_{event.outcome}", "system",
        action=event.action, opening_id=str(event.opening_id) if event.opening_id else None,
        occurrence=event.occurrence, stage_entry=event.stage_entry, stood_at=event.due_at.isoformat(),
        escalation_id=str(event.escalation_id), waits_on=event.waits_on, overtaken_by=event.overtaken_by,
    )  # fmt: skip


async def call_needed(session: AsyncSession, event: CallNeeded) -> None:
    await _enter(session, event, "call_needed", "system")


async def resolved(session: AsyncSession, event: EscalationsResolved) -> None:
    await _enter(session, event, "steps_resolved", "system", stage_entry=event.stage_entry)


async def decided(session: AsyncSession, event: ReferralDecided) -> None:
    until = event.until.isoformat() if event.until else None
    await _enter(session, event, event.decision, event.by, until=until)


async def _enter(session: AsyncSession, event: ReferralEvent, what: str, who: str, **detail: Any) -> None:
    await enter(
        session,
        event_id=envelope_of(session).id,
        row_id=event.referral_id,
        team_id=event.team_id,
        at=event.occurred_at,
        version=event.version,
        what=what,
        who=who,
        **detail,
    )
