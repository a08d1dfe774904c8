"""Sending: somebody approves, intake permits, then it leaves. Nothing leaves on an approval alone."""

from datetime import datetime
from typing import Literal, cast

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.message import service as messages
from services.referrals.referral.entering import SYSTEM, Act, enter, note_line
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position
from services.referrals.referral.rules import Answer
from services.referrals.referral.telling import tell
from services.referrals.referral.words import ENDINGS, Move, State, WithdrawReason
from shared import clock
from shared.events.referrals import ReferralDecided
from shared.ids import new_id
from shared.practice.calendar import local_day
from workflows.contracts import Permit

Outcome = Literal["sent", "awaiting_consent", "permit_ran_out", "not_wanted"]

# What intake's refusal comes to when it is more than "not agreed yet".
_ENDS = {"said_no": WithdrawReason.HE_SAID_NO, "died": WithdrawReason.DIED}


async def order(session: AsyncSession, position: Position, move: Move, act: Act) -> None:
    """Somebody approved exactly this; the workflow now asks intake for a permit."""
    row = position.referral
    row.send_request, row.send_move, row.send_at, row.send_by = str(new_id()), move, act.at, act.by
    if act.by != SYSTEM:
        row.last_human_what, row.last_human_by, row.last_human_at = "approved sending it", act.by, act.at
    await tell(session, row, ReferralDecided, act.at, decision=move, by=act.by)
    note_line(session, row, f"{move}_approved", act)


async def order_again(session: AsyncSession, position: Position, at: datetime) -> bool:
    """A yes was recorded: ask for a permit afresh, if somebody had approved sending. False when there is nothing."""
    row = position.referral
    if row.state == State.AWAITING_CONSENT:
        await order(session, position, Move.AGREED, Act(SYSTEM, at))
        return True
    if row.send_request is not None and row.send_move is not None:
        # The permit may have been refused a moment before the yes: the old order is void, this one asks again.
        by = row.send_by or SYSTEM
        row.send_request = str(new_id())
        await tell(session, row, ReferralDecided, at, decision=row.send_move, by=by)
        return True
    return False


async def carry_out(session: AsyncSession, position: Position, permit: Permit) -> Outcome:
    """Do what the permit says, once; asked again with the same permit request the answer is the same."""
    row, now = position.referral, clock.now()
    if row.answered_request == permit.request_id:
        return cast(Outcome, row.answered_outcome or "not_wanted")
    outcome: Outcome
    if row.send_request != permit.request_id or State(row.state) in ENDINGS:
        outcome = "not_wanted"
    elif permit.granted and (permit.expires_at is None or now >= permit.expires_at):
        outcome = "permit_ran_out"
    else:
        outcome = await _answered(session, position, permit, now)
        row.answered_request, row.answered_outcome = permit.request_id, outcome
    await session.flush()
    return outcome


async def _answered(session: AsyncSession, position: Position, permit: Permit, now: datetime) -> Outcome:
    row = position.referral
    move, by = Move(row.send_move or Move.SEND), row.send_by or SYSTEM
    day = local_day(now)
    if permit.granted:
        row.permit_version = permit.person_version
        row.may_tell_us, row.may_tell_us_version = list(permit.may_tell_us), permit.person_version
        await enter(session, position, Answer(move, day), State.SENT, Act(by, now))
        await messages.queue_first(session, row)
        return "sent"
    if permit.why in _ENDS:
        reason = str(_ENDS[permit.why])
        await enter(session, position, Answer(Move.WITHDRAW, day, reason=reason), State.WITHDRAWN, Act(SYSTEM, now))
        return "not_wanted"
    if move is Move.SEND:
        await enter(session, position, Answer(move, day), State.AWAITING_CONSENT, Act(by, now))
        row.held_back = permit.why
        return "awaiting_consent"
    await _stays(session, row, now)
    row.held_back = permit.why
    return "awaiting_consent"


async def _stays(session: AsyncSession, row: Referral, now: datetime) -> None:
    """Still no yes: it stays where it is, the order is spent, and the board says so."""
    row.send_request = row.send_move = row.send_at = row.send_by = None
    row.touch()
    note_line(session, row, "not_agreed_yet", Act(SYSTEM, now))
