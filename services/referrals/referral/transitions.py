"""Carrying out a legal move: the row, its history, its clocks and its events in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment import service as appointments
from services.referrals.appointment.service import Particulars
from services.referrals.clock import service as clocks
from services.referrals.codes import ENDINGS, MissKind, Move, State, WithdrawReason
from services.referrals.message import service as messages
from services.referrals.referral import snapshot
from services.referrals.referral.escalation import resolution
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position, answer_as_json
from services.referrals.referral.rules import ACCEPTING, BY_AGENCY, Answer
from shared.db.session import actor_of
from shared.events.referrals import QuestionAnswered, ReferralMoved

SYSTEM, AGENCY = "system", "agency"

# The move in the words of the board: "last thing a human did".
DID: dict[Move, str] = {
    Move.SEND: "sent the referral",
    Move.AGREED: "sent the referral",
    Move.RESEND: "sent the referral again",
    Move.BOUNCE: "found that it never arrived",
    Move.SEE: "saw the referral",
    Move.WAITLIST: "put the person on the waiting list",
    Move.ACCEPT: "accepted the referral",
    Move.BOOK: "booked an appointment",
    Move.REBOOK: "moved the appointment",
    Move.TOLD: "told the person of the appointment",
    Move.ATTEND: "recorded that the appointment was kept",
    Move.MISS: "recorded that the appointment did not happen",
    Move.TREAT: "recorded that treatment goes on",
    Move.COMPLETE: "completed the referral",
    Move.DECLINE: "said no to the referral",
    Move.WITHDRAW: "withdrew the referral",
    Move.REOPEN: "opened the referral again",
}


@dataclass(frozen=True)
class Attribution:
    """Who reported a fact, by which channel, and when it happened."""

    by: str  # a user id, "agency" or "system"
    at: datetime
    channel: str | None = None
    note: str | None = None


async def apply(
    session: AsyncSession,
    position: Position,
    answer: Answer,
    to: State,
    act: Attribution,
    particulars: Particulars | None = None,
) -> None:
    """Enter `to` by a move that the machine has found legal. The referral's row is locked by the caller."""
    row = position.referral
    came_from, left_entry, had_question = row.state, row.stage_entry, row.question_since
    after_acceptance = to is State.DECLINED and row.accepted_before
    stood = snapshot.of(position)
    row.state, row.stage_since = to, act.at
    row.stage_entry += 1
    row.silent_until = row.stall_reason = None
    row.send_request = row.send_move = row.send_at = row.send_by = row.send_waits = None
    row.off_reason, row.held_back = "", None
    row.waitlisted_until = answer.until if to is State.WAITLISTED else None
    row.accepted_before = row.accepted_before or to in ACCEPTING
    row.ended_reason = answer.reason if to in ENDINGS else None
    row.last_move = answer_as_json(answer)
    if to is State.ATTENDED and came_from == State.DRAFT:
        row.walk_in = True
    if to is State.SENT:
        row.sent_at, row.ever_sent = act.at, True
    elif came_from == State.UNDELIVERABLE and answer.move in BY_AGENCY:
        row.ever_sent = True  # they had received it after all, or learned of it from us
    if to in ENDINGS or to is State.DRAFT:
        row.question_since = row.mail_since = row.paused_since = None
    if to is State.DRAFT:
        row.round_entry, row.sent_at = row.stage_entry, None
        row.accepted_before = row.ever_sent = False
    position.appointment = await appointments.after_move(session, position, answer, to, act.at, particulars)
    clocks.leave_stage(position.ladder, position.where(), act.at)
    set_last_action(row, answer.move, act)
    await emit_event(
        session,
        row,
        ReferralMoved,
        act.at,
        move=answer.move,
        from_state=came_from,
        to_state=to,
        stage_entry=row.stage_entry,
        by=act.by,
        reason=answer.reason or disclosed_miss(answer.miss_kind),
        after_acceptance=after_acceptance,
        appointment_at=answer.appointment_at,
        proposed=position.appointment is not None and position.appointment.proposed,
    )
    write_history(session, row, answer, came_from, act, stood)
    if had_question is not None and row.question_since is None:
        await emit_event(session, row, QuestionAnswered, act.at, drive=False)
    await resolution.resolve(session, position, left_entry, act.at)
    if to is State.WITHDRAWN:
        # The agency is informed only that we withdraw; after a no to us the link just closes. An ending of its own the
        # agency may take back, so its link stays open until it expires.
        to_us = act.by == SYSTEM and answer.reason == WithdrawReason.PERSON_DECLINED
        await messages.revoke(session, row, not to_us)


def disclosed_miss(kind: str | None) -> str | None:
    """Return the kind of a miss for an event: where somebody is held is not in events."""
    return "excused" if kind == MissKind.IN_CUSTODY_OR_HOSPITAL else kind


def set_last_action(row: Referral, move: Move, act: Attribution) -> None:
    """Store the move as the last thing a human did."""
    if act.by != SYSTEM:
        row.set_last_action(DID[move], act.by, act.at)


def write_history(
    session: AsyncSession, row: Referral, answer: Answer, came_from: str, act: Attribution, stood: dict[str, Any]
) -> None:
    """Add a move's line to the history, with the version of the move's event."""
    reason = answer.reason or answer.miss_kind
    append_history(session, row, answer.move, act, came_from=came_from, reason=reason, stood=stood)


def append_history(
    session: AsyncSession,
    row: Referral,
    what: str,
    act: Attribution,
    *,
    came_from: str | None = None,
    reason: str | None = None,
    stood: dict[str, Any] | None = None,
) -> None:
    """Add a line to the history, also when the state stays. `stood`: the state before it."""
    line = ReferralMove(
        team_id=row.team_id,
        referral_id=row.id,
        version=row.version,
        move=what,
        from_state=came_from or row.state,
        to_state=row.state,
        stage_entry=row.stage_entry,
        by=act.by,
        channel=act.channel,
        reason=reason,
        occurred_at=act.at,
        recorded_by=actor_of(session).user_id,
        before=stood,
    )
    line.note = act.note
    session.add(line)
