"""The effect of emails on a referral: it did not arrive, an email about it waits, the email was read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS, Move, State
from services.referrals.referral import pauses
from services.referrals.referral.events import emit_event
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.rules import Answer
from services.referrals.referral.transitions import AGENCY, SYSTEM, Attribution, append_history, apply
from shared.events.referrals import ReferralDecided
from shared.practice.calendar import local_day


async def bounced(session: AsyncSession, referral_id: UUID, at: datetime, why: str) -> bool:
    """Mark a referral as undeliverable, with the code of the reason.

    Return False when that changes nothing any more.
    """
    position = await _still_open(session, referral_id)
    if position is None or position.referral.state != State.SENT:
        return False
    answer = Answer(Move.BOUNCE, local_day(at), reason=why)
    await apply(session, position, answer, State.UNDELIVERABLE, Attribution(SYSTEM, at, "mail"))
    position.referral.held_back = why
    return True


async def pause_for_mail(session: AsyncSession, referral_id: UUID, at: datetime) -> bool:
    """Pause the ladder while an email of a known agency about the referral waits to be read. It answers nothing."""
    position = await _still_open(session, referral_id)
    if position is None:
        return False
    position.referral.mail_since = position.referral.mail_since or at
    pauses.pause(position, at)
    await emit_event(session, position.referral, ReferralDecided, at, decision="mail_waits", by=AGENCY)
    append_history(session, position.referral, "mail_waits", Attribution(AGENCY, at, "mail"))
    return True


async def noticed(session: AsyncSession, referral_id: UUID, what: str, at: datetime) -> None:
    """Record an automatic reply to a message about the referral: an absence note, a receipt. Nothing waits for it."""
    row = await locked(session, referral_id)
    if row is not None:
        await emit_event(session, row, ReferralDecided, at, decision=what, by=SYSTEM, drive=False)
        append_history(session, row, what, Attribution(SYSTEM, at, "mail"))


async def mail_read(session: AsyncSession, referral_id: UUID, at: datetime, by: str) -> bool:
    """Resume the ladder after somebody has read the email."""
    position = await _still_open(session, referral_id)
    if position is None or position.referral.mail_since is None:
        return False
    position.referral.mail_since = None
    pauses.resume(position, at)
    await emit_event(session, position.referral, ReferralDecided, at, decision="mail_read", by=by)
    append_history(session, position.referral, "mail_read", Attribution(by, at))
    return True


async def _still_open(session: AsyncSession, referral_id: UUID) -> Position | None:
    row = await locked(session, referral_id)
    return None if row is None or State(row.state) in ENDINGS else await load(session, row)
