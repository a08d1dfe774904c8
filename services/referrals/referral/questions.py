"""The agency's question: it needs something of us, and we answer."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import service as clocks
from services.referrals.referral import pauses
from services.referrals.referral.escalation import resolution
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position
from services.referrals.referral.recorded_dates import check_past
from services.referrals.referral.service import require_open
from services.referrals.referral.transitions import AGENCY, Attribution, append_history
from shared.events.referrals import QuestionAnswered, QuestionRaised, ReferralDecided

# What they need of us, in the words of the board.
_ASKED = {"ring_me": "asked to be rung", "cannot_reach": "asked for help to reach the person"}

# The last thing that a person did, as the board says it.
WE_ANSWERED = "answered the service's question"


async def ask(session: AsyncSession, position: Position, act: Attribution, what: str | None = None) -> bool:
    """Record that the agency needs something of us: their clock pauses, ours starts. Return False when nothing changed.

    `what`: a code for the need (to be rung, help to reach the person). Further needs while we owe an answer are only
    noted.
    """
    row = position.referral
    require_open(position)
    check_past("occurred_at", act.at)
    if row.question_since is not None:
        if act.note is None and what is None:
            return False
        _they_asked(row, act, what)
        await emit_event(session, row, ReferralDecided, act.at, decision="question_more", by=act.by)
        append_history(session, row, "question_more", act, reason=what)
        return True
    row.question_since = act.at
    _they_asked(row, act, what)
    pauses.pause(position, max(act.at, await _given_back_until(session, row)))
    await emit_event(session, row, QuestionRaised, act.at)
    append_history(session, row, "question", act, reason=what)
    return True


def _they_asked(row: Referral, act: Attribution, what: str | None) -> None:
    """Store the agency as the author of the question, whoever of us recorded it."""
    row.set_last_action("asked us something" if what is None else _ASKED[what], AGENCY, act.at)


async def answered(session: AsyncSession, position: Position, act: Attribution) -> bool:
    """Record that we answered the agency's question. Return False when there was none."""
    row = position.referral
    require_open(position)
    check_past("occurred_at", act.at)
    if row.question_since is None:
        return False
    row.question_since = None
    clocks.close_clock(position.ladder, clocks.QUESTION_ANSWERED, act.at)
    pauses.resume(position, act.at)
    row.set_last_action(WE_ANSWERED, act.by, act.at)
    await emit_event(session, row, QuestionAnswered, act.at)
    append_history(session, row, "question_answered", act)
    await resolution.resolve(session, position, row.stage_entry, act.at)
    return True


async def _given_back_until(session: AsyncSession, row: Referral) -> datetime:
    """Return until when pauses were given back: a question in an email that was read must not cost that time again."""
    moves = select(func.max(ReferralMove.occurred_at)).where(
        ReferralMove.referral_id == row.id, ReferralMove.move.in_(("mail_read", "question_answered"))
    )
    return await session.scalar(moves) or row.stage_since
