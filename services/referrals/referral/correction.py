"""Taking back the latest answer or outcome, recorded by mistake: the referral returns to its state before."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment import service as appointments
from services.referrals.clock import service as clocks
from services.referrals.codes import ABOUT_ATTENDANCE, Move
from services.referrals.referral import pauses, snapshot
from services.referrals.referral.escalation import resolution
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position, may_say_attendance
from services.referrals.referral.rules import BY_AGENCY
from services.referrals.referral.transitions import AGENCY, Attribution, append_history, disclosed_miss
from shared.access.roles import Role
from shared.context import Actor
from shared.events.referrals import QuestionRaised, ReferralMoved
from shared.http.problems import conflict

CORRECT = "correct"
# Sending, withdrawing and reopening have ways of their own; a disclosure cannot be taken back by a record.
CORRECTABLE = BY_AGENCY | {Move.TOLD}


async def latest(session: AsyncSession, row: Referral) -> ReferralMove | None:
    """Return the move that led to the present state, if it can be taken back; None otherwise."""
    line = await session.scalar(
        select(ReferralMove)
        .where(
            ReferralMove.referral_id == row.id,
            ReferralMove.before["state"].as_string().is_not(None),
            ReferralMove.struck_at.is_(None),
        )
        .order_by(ReferralMove.version.desc())
        .limit(1)
    )
    return line if line is not None and line.move in CORRECTABLE and line.to_state == row.state else None


def may_correct(line: ReferralMove, actor: Actor) -> bool:
    """Return whether this actor may take the line back: whoever recorded it, or a supervisor."""
    return actor.role is Role.SUPERVISOR or line.recorded_by == actor.user_id


def may_take_back(line: ReferralMove | None, row: Referral) -> bool:
    """Return whether the agency may take the line back.

    It must be the agency's own answer, and not about attendance where the agency may not speak of that.
    """
    return line is not None and line.by == AGENCY and (may_say_attendance(row) or line.move not in ABOUT_ATTENDANCE)


async def is_done(session: AsyncSession, row: Referral, version: int | None) -> bool:
    """Return whether the line of this version or, with none named, the latest was taken back already.

    A repeated or simultaneous request means the same line; the line before it has to be named.
    """
    lines = select(ReferralMove).where(ReferralMove.referral_id == row.id)
    if version is not None:
        lines = lines.where(ReferralMove.version == version)
        return await session.scalar(lines.where(ReferralMove.struck_at.is_not(None)).limit(1)) is not None
    moved = or_(ReferralMove.before["state"].as_string().is_not(None), ReferralMove.move == CORRECT)
    newest = await session.scalar(lines.where(moved).order_by(ReferralMove.version.desc()).limit(1))
    return newest is not None and newest.move == CORRECT


async def meant(session: AsyncSession, row: Referral, version: int | None) -> ReferralMove:
    """Return the line to take back: the latest, if it is of this version. Raise 409 when it is not."""
    line = await latest(session, row)
    if line is None:
        raise conflict("There is nothing here that could be taken back now.", rule="nothing_to_correct")
    if version not in (None, line.version):
        raise conflict("Something else was recorded since. Look at it again, then decide.", rule="not_the_latest")
    return line


async def take_back(session: AsyncSession, position: Position, act: Attribution, version: int | None) -> bool:
    """Take back the agency's own answer at the agency's request; `version` is that of the answer.

    Return False when it was taken back already. Raise 409 when the agency has no answer that could be taken back.
    """
    row = position.referral
    if await is_done(session, row, version):
        return False
    line = await latest(session, row)
    if not may_take_back(line, row):
        raise conflict("There is no answer of yours that could be taken back now.", rule="nothing_to_correct")
    await correct(session, position, await meant(session, row, version), act)
    return True


async def correct(session: AsyncSession, position: Position, line: ReferralMove, act: Attribution) -> None:
    """Put a locked referral back to its state before `line`.

    Its clocks open again from the day on which they began then. The line stays, struck; no agency is informed by this.
    """
    row, kept = position.referral, line.before or {}
    came_from, left_entry = row.state, row.stage_entry
    snapshot.put_back(row, kept)
    row.stage_entry += 1
    row.silent_until = row.stall_reason = None
    row.off_reason = ""
    line.struck_at = act.at
    position.appointment = await appointments.put_back(
        session, position, snapshot.appointment_of(kept), act.at, untold=line.move == Move.TOLD
    )
    clocks.leave_stage(position.ladder, position.where(), act.at)
    await clocks.forget_answered(session, row.id, line.occurred_at, act.at)
    row.set_last_action("took back an answer", act.by, act.at)
    standing = position.appointment
    await emit_event(
        session,
        row,
        ReferralMoved,
        act.at,
        move=CORRECT,
        from_state=came_from,
        to_state=row.state,
        stage_entry=row.stage_entry,
        by=act.by,
        reason=disclosed_miss(line.reason) if line.move == Move.MISS else None,
        corrects=line.move,
        corrects_version=line.version,
        appointment_at=standing.at if standing else None,
        appointment_told=standing is not None and standing.told_at is not None,
        proposed=position.appointment is not None and position.appointment.proposed,
    )
    append_history(session, row, CORRECT, act, came_from=came_from, reason=line.move)
    if row.question_since is not None and row.paused_since is None:
        await emit_event(session, row, QuestionRaised, row.question_since)
        pauses.pause(position, act.at)
    await resolution.resolve(session, position, left_entry, act.at)
