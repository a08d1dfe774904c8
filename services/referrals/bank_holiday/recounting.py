"""Recount the clocks of referrals, one referral per transaction, whenever bank holidays were added or taken back.

The backlog is known from the rows alone: every clock keeps the revision of the added days by which it was counted. So
the work may stop anywhere and be repeated, and a clock may meanwhile be opened by the previous revision.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.bank_holiday.models import DaysOffRow
from services.referrals.clock.models import QUESTION_ANSWERED, ClockOpening
from services.referrals.codes import State
from services.referrals.decision.models import DecisionRow
from services.referrals.message import service as messages
from services.referrals.referral.events import emit_event
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.transitions import Attribution, append_history
from shared import clock, days_off
from shared.events.referrals import ReferralDecided
from shared.http.state import Services
from shared.practice import ladder as practice
from shared.practice.calendar import DaysOff, at_local, counted_with, local_day, revision
from shared.practice.ladder_engine import PLANNED
from shared.practice.model import Clock, clock_from_json
from shared.practice.recount import recounted
from shared.recounting import Recounting

RECOUNTED = "recounted"
_OPENS = time(9, 30)


async def keep_counted(services: Services) -> None:
    """Recount in the background for as long as the process runs."""
    await Recounting(services.work, behind, recount, messages.keep_lists_off).run()


async def behind(session: AsyncSession, after: UUID, most: int) -> Sequence[UUID]:
    """List referrals, from an id on, with a clock that was counted by an older revision of the days."""
    found = await session.scalars(
        select(ClockOpening.referral_id)
        .where(ClockOpening.closed_at.is_(None), ClockOpening.counted_with < revision())
        .where(ClockOpening.referral_id > after)
        .distinct()
        .order_by(ClockOpening.referral_id)
        .limit(most)
    )
    return list(found)


async def recount(session: AsyncSession, referral_id: UUID) -> None:
    """Count one referral's clocks by the transaction's days. Fired steps stay; the workflow is informed of a change."""
    row = await locked(session, referral_id)
    if row is None:
        return
    position, now = await load(session, row), clock.now()
    moved = False
    for opening in position.ladder.openings:
        if opening.counted_with >= revision():
            continue
        before = await days_off.of_revision(session, DaysOffRow, opening.counted_with)
        opening.counted_with = revision()
        moved |= await _one(session, position, opening, before)
    if moved:
        by = await session.scalar(select(DaysOffRow.by).where(DaysOffRow.revision == revision())) or "system"
        await emit_event(session, row, ReferralDecided, now, decision=RECOUNTED, by=by)
        append_history(session, row, RECOUNTED, Attribution(by, now))
    await session.flush()


async def _one(session: AsyncSession, position: Position, opening: ClockOpening, before: DaysOff) -> bool:
    ladder, rule = position.ladder, clock_from_json(opening.rule)
    recorded = _recorded(position, rule, opening)
    if recorded is None and rule.length is not None and rule.length.unit == "before_date":
        return False  # the date from which the clock counts back is no longer recorded
    steps = ladder.steps_of(opening)
    found, deadline = recounted(rule, opening.opened_at, recorded, steps, opening.deadline, before)
    found = [replace(step, not_before=await _silence(session, position, step.not_before, before)) for step in found]
    stood = {step.key: step for step in steps}
    coming = {key for key, row in ladder.rows.items() if row.outcome == PLANNED}
    moved = deadline != opening.deadline or any(step != stood[step.key] for step in found if step.key in coming)
    opening.deadline = deadline
    ladder.keep(found)
    return moved


def _recorded(position: Position, rule: Clock, opening: ClockOpening) -> datetime | None:
    """Return the recorded date that sets this clock: the appointment, or the end of the waiting list."""
    where = position.where()
    if rule.length is not None and rule.length.unit == "before_date":
        return where.appointment_at
    waits = where.state is State.WAITLISTED and opening.kind == "stage" and opening.ends_with != QUESTION_ANSWERED
    return at_local(where.waitlisted_until, _OPENS) if waits and where.waitlisted_until else None


async def _silence(
    session: AsyncSession, position: Position, until: datetime | None, before: DaysOff
) -> datetime | None:
    """Return the end of a silence, recounted from the day that was decided for it."""
    if until is None:
        return None
    said = await session.scalars(
        select(DecisionRow.until)
        .where(DecisionRow.referral_id == position.referral.id, DecisionRow.done, DecisionRow.until.is_not(None))
        .order_by(DecisionRow.at.desc())
    )
    for each in said:
        assert each is not None
        with counted_with(before):
            meant = practice.silent_until(local_day(each)) == until
        if meant:
            until_now = practice.silent_until(local_day(each))
            break
    else:
        until_now = practice.silent_until(local_day(until))
    if position.referral.silent_until == until:
        position.referral.silent_until = until_now
    return until_now
