"""Handlers of a referral's events: its state as casework knows it, and its timeline, from the first event on."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.projections.referrals import CORRECT, known, store_state
from services.casework.timeline.entries import envelope_of, write_entry
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


async def drafted(session: AsyncSession, event: ReferralDrafted) -> None:
    row = await known(session, event)
    row.author = event.by or row.author
    await _enter(session, event, "drafted", event.by)


async def moved(session: AsyncSession, event: ReferralMoved) -> None:
    row = await known(session, event)
    store_state(row, event)
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


async def person_informed(session: AsyncSession, event: AppointmentTold) -> None:
    await _enter(session, event, "told", "", appointment_id=str(event.appointment_id))


async def escalated(session: AsyncSession, event: EscalationRecorded) -> None:
    await _enter(
        session, event, f"step_{event.outcome}", "system",
        action=event.action, opening_id=str(event.opening_id),
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
    await write_entry(
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
