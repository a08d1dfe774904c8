"""Dispatch: a worker approves, intake permits at the moment of disclosure, and only a disclosure counts as sent.

`queue` queues the referral's first message. Its result is reported by the mailer, or by the worker who calls:

- the email left, or a worker recorded the call where there is no address: `mark_sent` enters *sent*, opens the clock;
- intake did not permit it: `refused` waits for the person's consent, or ends the referral;
- the address refused it: `refused_by_address` makes it undeliverable;
- it cannot leave, for a reason of ours: `waits` records the reason, and no clock of the service runs;
- it left and a report states that their system refuses us: `sent_back` restores the state before, and it waits.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import service as clocks
from services.referrals.codes import ENDINGS, Move, State, WithdrawReason
from services.referrals.message import service as messages
from services.referrals.referral import snapshot
from services.referrals.referral.escalation import resolution
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position
from services.referrals.referral.rules import Answer
from services.referrals.referral.transitions import SYSTEM, Attribution, append_history, apply
from shared import clock
from shared.events.referrals import CallNeeded, ReferralDecided, ReferralMoved
from shared.permits import Permit
from shared.practice.calendar import local_day

# A worker rings them: there is no address.
CALL = "call"
SENT_BACK = "sent_back"

# The reason of the withdrawal, where intake's refusal is more than "not agreed yet".
_ENDS = {"said_no": WithdrawReason.PERSON_DECLINED, "died": WithdrawReason.DIED}


async def queue(session: AsyncSession, position: Position, move: Move, act: Attribution) -> None:
    """Queue the message that a person approved, due now."""
    row = position.referral
    row.send_request = str(await messages.queue_first(session, row))
    row.send_move, row.send_at, row.send_by, row.send_waits = move, act.at, act.by, None
    if act.by != SYSTEM:
        row.set_last_action("approved sending it", act.by, act.at)
    await emit_event(session, row, ReferralDecided, act.at, decision=move, by=act.by)
    append_history(session, row, f"{move}_approved", act)


async def queue_again(session: AsyncSession, position: Position, at: datetime) -> bool:
    """Send what waited for a consent that was recorded now, or request a new permit for what is being sent.

    Return False when neither is so.
    """
    row = position.referral
    if row.state == State.AWAITING_CONSENT and row.send_request is None:
        await queue(session, position, Move.AGREED, Attribution(SYSTEM, at))
        return True
    if row.send_request is not None:
        # The permit may have been refused a moment before the consent: that answer no longer counts.
        await messages.ask_again(session, row)
        return True
    return False


def ordered(row: Referral, message_id: UUID) -> bool:
    """Return whether this message is the approved one and has not been disclosed yet."""
    return row.send_request == str(message_id) and State(row.state) not in ENDINGS


def permitted(row: Referral, permit: Permit) -> None:
    """Store what intake's permit allows the service to tell us: everything that intake decided before is older."""
    row.permit_version = row.may_tell_us_version = permit.person_version
    row.may_tell_us = list(permit.may_tell_us)


async def mark_sent(
    session: AsyncSession, position: Position, message_id: UUID, act: Attribution | None = None
) -> bool:
    """Enter *sent* after the disclosure. Return False when it was not wanted any more."""
    row = position.referral
    if not ordered(row, message_id):
        return False
    act = act or Attribution(row.send_by or SYSTEM, clock.now())
    await apply(session, position, Answer(Move(row.send_move or Move.SEND), local_day(act.at)), State.SENT, act)
    return True


def ends(permit: Permit) -> bool:
    """Return whether intake's refusal ends the referral, rather than wait for a consent."""
    return permit.why in _ENDS


async def refused(session: AsyncSession, position: Position, permit: Permit) -> None:
    """Apply intake's refusal: the referral waits for a consent, or ends."""
    row, now = position.referral, clock.now()
    move, by, day = Move(row.send_move or Move.SEND), row.send_by or SYSTEM, local_day(now)
    if permit.why in _ENDS:
        reason = str(_ENDS[permit.why])
        await apply(
            session, position, Answer(Move.WITHDRAW, day, reason=reason), State.WITHDRAWN, Attribution(SYSTEM, now)
        )
        return
    if move is Move.SEND:
        await apply(session, position, Answer(move, day), State.AWAITING_CONSENT, Attribution(by, now))
    else:
        # Still no consent: the state stays, the order is spent, and the board shows the reason.
        row.send_request = row.send_move = row.send_at = row.send_by = row.send_waits = None
        await emit_event(session, row, ReferralDecided, now, decision="not_agreed_yet", by=SYSTEM)
        append_history(session, row, "not_agreed_yet", Attribution(SYSTEM, now))
    row.held_back = permit.why


async def refused_by_address(session: AsyncSession, position: Position, message_id: UUID, why: str) -> bool:
    """Make a referral undeliverable whose address refuses our email. Return False when it was not wanted any more.

    Nothing was disclosed. `why` is the code of the reason.
    """
    row, now = position.referral, clock.now()
    if not ordered(row, message_id):
        return False
    answer = Answer(Move.BOUNCE, local_day(now), reason=why)
    await apply(session, position, answer, State.UNDELIVERABLE, Attribution(SYSTEM, now, "mail"))
    row.held_back = why
    return True


async def waits(session: AsyncSession, position: Position, why: str) -> None:
    """Record why our email has not left, once for each reason."""
    row, now = position.referral, clock.now()
    if row.send_waits == why:
        return
    row.send_waits = why
    await emit_event(session, row, ReferralDecided, now, decision="email_waits", by=SYSTEM)
    append_history(session, row, "email_waits", Attribution(SYSTEM, now), reason=why)


async def needs_call(session: AsyncSession, position: Position) -> None:
    """Request a worker's call now: the service has no email address, and intake permits the disclosure."""
    row, now = position.referral, clock.now()
    row.send_waits = CALL
    await emit_event(session, row, CallNeeded, now)
    append_history(session, row, "call_needed", Attribution(SYSTEM, now))


async def sent_back(session: AsyncSession, position: Position, message_id: UUID, why: str) -> bool:
    """Restore the state before a sending that their system refused because of us; the message is sent again.

    The same approval holds. Return False when the service has answered since, or when the referral waits for no answer
    to this sending any more.
    """
    row, now = position.referral, clock.now()
    line = await _sending(session, row)
    if line is None or row.question_since is not None or row.mail_since is not None:
        return False
    left_entry = row.stage_entry
    snapshot.put_back(row, line.before or {})
    row.stage_entry += 1
    row.silent_until = row.stall_reason = None
    row.off_reason = ""
    clocks.leave_stage(position.ladder, position.where(), now)
    clocks.never_started(position.ladder, "sent", now)
    row.send_request, row.send_move, row.send_at, row.send_by = str(message_id), line.move, line.occurred_at, line.by
    act = Attribution(SYSTEM, now, "mail")
    moved = {"move": SENT_BACK, "from_state": State.SENT, "to_state": row.state, "stage_entry": row.stage_entry}
    await emit_event(session, row, ReferralMoved, now, by=SYSTEM, **moved)
    append_history(session, row, SENT_BACK, act, came_from=State.SENT, reason=why)
    await resolution.resolve(session, position, left_entry, now)
    await waits(session, position, why)
    return True


async def _sending(session: AsyncSession, row: Referral) -> ReferralMove | None:
    """Return the line of history that entered *sent*, while the referral is in that state."""
    sent_now = (
        ReferralMove.referral_id == row.id,
        ReferralMove.stage_entry == row.stage_entry,
        ReferralMove.to_state == State.SENT,
        ReferralMove.before["state"].as_string().is_not(None),
    )
    stmt = select(ReferralMove).where(*sent_now).order_by(ReferralMove.version.desc()).limit(1)
    return await session.scalar(stmt) if row.state == State.SENT else None
