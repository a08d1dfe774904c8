"""Recorded dates with which spans start or end: which are accepted, and the effect of a corrected start.

The span runs again from the right start. A step that has fired and would have fired by the right date too stays asked
and is not asked twice; a step that would not have fired yet is owed no more, and fires on its day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import rules
from services.referrals.clock import service as clocks
from services.referrals.clock.models import RungRow
from services.referrals.referral.clocks import set_clocks
from services.referrals.referral.escalation import resolution, steps
from services.referrals.referral.events import emit_event
from services.referrals.referral.position import Position
from services.referrals.referral.transitions import Attribution, append_history
from shared import clock
from shared.events.referrals import ReferralDecided
from shared.http.problems import invalid
from shared.practice import ladder as practice
from shared.practice.ladder_engine import OVERTAKEN

# Clocks are counted day by day from the entered date: a date further back is a typing error, and would stop the ladder.
OLDEST_ENTRY = timedelta(days=2 * 366)


def check_past(field: str, at: datetime) -> None:
    """Raise 422 for a time in the future, or one that is too old to be meant."""
    now = clock.now()
    if at > now:
        raise invalid(field, "in_the_future", "must not lie in the future")
    if at < now - OLDEST_ENTRY:
        raise invalid(field, "too_long_ago", "must not lie more than two years back")


async def check(session: AsyncSession, team_id: UUID, dates: Mapping[str, datetime]) -> None:
    """Raise 422 for an impossible date, or for one with which no span of this team starts or ends."""
    names = rules.date_names(await clocks.rules_of(session, team_id)) if dates else frozenset[str]()
    for name, at in dates.items():
        if name not in names:
            raise invalid(f"dates.{name}", "unknown", "is not a date that a clock starts or ends with")
        check_past(f"dates.{name}", at)


async def record(session: AsyncSession, position: Position, dates: Mapping[str, datetime], act: Attribution) -> None:
    """Store the dates: spans that they answer end, spans that they start elsewhere run from there."""
    row, ladder = position.referral, position.ladder
    await check(session, row.team_id, dates)
    row.dates = {**row.dates, **{name: at.isoformat() for name, at in dates.items()}}
    clocks.close_spans(ladder, position.where(), act.at)
    before = clocks.close_redated(ladder, position.where(), act.at)
    await emit_event(session, row, ReferralDecided, act.at, decision="dates", by=act.by)
    append_history(session, row, "dates", act)
    # Not at the next refresh: what is still owed is known only once the clocks run from the right date.
    await set_clocks(session, position, act.at)
    too_early = await _carry_on(session, position, before, act.at)
    await resolution.resolve(session, position, row.stage_entry, act.at, too_early)


async def _carry_on(
    session: AsyncSession, position: Position, before: Sequence[RungRow], now: datetime
) -> set[tuple[str, str]]:
    """Record as overtaken the due steps that are asked already, and restore the silence of `before`.

    Return the (clock, step) pairs that are asked and not due yet.
    """
    ladder = position.ladder
    clocks_before = {step.clock for step in before}
    owed = await resolution.owed(session, position.referral)
    asked = {(each.clock, each.rung) for each in owed if each.clock in clocks_before}
    for step in before:
        if step.not_before is not None:
            ladder.keep(practice.silence(ladder.instants(), step.not_before, step.clock))
    ladder.keep(practice.unfold(ladder.instants(), now))
    again = [step for step in ladder.planned() if (step.clock, step.action) in asked and step.at <= now]
    for step in again:
        await steps.record(session, position, step.key, OVERTAKEN, now)
    return asked - {(step.clock, step.action) for step in again}
