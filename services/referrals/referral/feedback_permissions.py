"""What the agency may tell us: by the person's newest consent, and by the agency's own word."""

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.events import emit_event
from services.referrals.referral.models import ReferralMove
from services.referrals.referral.position import Position, may_say_attendance
from services.referrals.referral.transitions import AGENCY, SYSTEM, Attribution, append_history
from shared import clock
from shared.events.referrals import ReferralDecided

ATTENDANCE = "attendance"
THEIR_WORD, CONSENT = "agency_may_not_say", "may_tell_us"


async def may_not_say(session: AsyncSession, position: Position, act: Attribution) -> bool:
    """Record that the agency may not tell us whether the person came: we ask the person instead."""
    row = position.referral
    if not may_say_attendance(row):
        return False
    await _becomes(session, position, [each for each in row.may_tell_us or [] if each != ATTENDANCE], THEIR_WORD, act)
    return True


async def agreed(session: AsyncSession, position: Position, may_tell_us: Collection[str], version: int) -> None:
    """Apply what the agency may tell us now, by intake's answer, whether it is less or more.

    `version` is the person's at intake at that time: an older one than ours changes nothing. The agency's own statement
    that it may not say stays.
    """
    row = position.referral
    if version < (row.may_tell_us_version or 0):
        return
    row.may_tell_us_version = version
    kinds = list(may_tell_us)
    if ATTENDANCE in kinds and await _by_their_word(session, position):
        kinds.remove(ATTENDANCE)
    if set(kinds) != set(row.may_tell_us or []):
        await _becomes(session, position, kinds, CONSENT, Attribution(SYSTEM, clock.now()))


async def _becomes(session: AsyncSession, position: Position, kinds: list[str], why: str, act: Attribution) -> None:
    """Store the permission, and ask the agency or, through us, the person whether they came."""
    row = position.referral
    row.may_tell_us = kinds
    may_say = may_say_attendance(row)
    for opening in position.ladder.openings:
        if (ours := opening.rule.get("else_whose")) is not None:
            opening.whose = "agency" if may_say else ours
            opening.rule = {**opening.rule, "whose": opening.whose}
    await emit_event(session, row, ReferralDecided, act.at, decision=why, by=act.by)
    append_history(session, row, why, act)


async def _by_their_word(session: AsyncSession, position: Position) -> bool:
    row = position.referral
    said = exists().where(
        ReferralMove.referral_id == row.id,
        ReferralMove.move == THEIR_WORD,
        ReferralMove.by == AGENCY,
        ReferralMove.stage_entry >= row.round_entry,
    )
    return bool(await session.scalar(select(said)))
