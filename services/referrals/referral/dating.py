"""Recorded dates that spans start or end with: which are taken, and what becomes of a span whose start is put right.

It runs anew from the right start. What it has asked by then and would ask by the right date too stays asked and is not
asked twice; what it would not have asked yet is owed no more, and comes on its day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import rules
from services.referrals.clock import service as clocks
from services.referrals.clock.ladder import OVERTAKEN
from services.referrals.clock.models import RungRow
from services.referrals.escalation import climbing, resolving
from services.referrals.referral.entering import Act, note_line
from services.referrals.referral.position import Position
from services.referrals.referral.setting import set_clocks
from services.referrals.referral.telling import tell
from shared import clock
from shared.events.referrals import ReferralDecided
from shared.http.problems import invalid
from shared.practice import ladder as practice

# Clocks are counted day by day from what is entered: what lies further back is a slip of the hand, and would stop the
# ladder.
OLDEST_ENTRY = timedelta(days=2 * 366)


def check_past(field: str, at: datetime) -> None:
    """422 for a time that has not come, or that is too old to be meant."""
    now = clock.now()
    if at > now:
        raise invalid(field, "in_the_future", "must not lie in the future")
    if at < now - OLDEST_ENTRY:
        raise invalid(field, "too_long_ago", "must not lie more than two years back")


async def check(session: AsyncSession, team_id: UUID, dates: Mapping[str, datetime]) -> None:
    """422 for a date that cannot be, or that no span of this team starts or ends with: it would start nothing."""
    names = rules.date_names(await clocks.rules_of(session, team_id)) if dates else frozenset[str]()
    for name, at in dates.items():
        if name not in names:
            raise invalid(f"dates.{name}", "unknown", "is not a date that a clock starts or ends with")
        check_past(f"dates.{name}", at)


async def record(session: AsyncSession, position: Position, dates: Mapping[str, datetime], act: Act) -> None:
    """Keep them: spans that they answer are over, spans that start elsewhere run from there."""
    row, ladder = position.referral, position.ladder
    await check(session, row.team_id, dates)
    row.dates = {**row.dates, **{name: at.isoformat() for name, at in dates.items()}}
    clocks.close_spans(ladder, position.where(), act.at)
    before = clocks.close_redated(ladder, position.where(), act.at)
    await tell(session, row, ReferralDecided, act.at, decision="dates", by=act.by)
    note_line(session, row, "dates", act)
    # Not at the next look: what is still owed can be told only once it is known what the right date asks.
    await set_clocks(session, position, act.at)
    too_early = await _carry_on(session, position, before, act.at)
    await resolving.resolve(session, position, row.stage_entry, act.at, too_early)


async def _carry_on(
    session: AsyncSession, position: Position, before: Sequence[RungRow], now: datetime
) -> set[tuple[str, str]]:
    """Record as overtaken what is due and is asked already, and keep silent what was silenced `before`; answers the
    (clock, step) pairs that are asked and not due yet.
    """
    ladder = position.ladder
    clocks_before = {step.clock for step in before}
    owed = await resolving.owed(session, position.referral)
    asked = {(each.clock, each.rung) for each in owed if each.clock in clocks_before}
    for step in before:
        if step.not_before is not None:
            ladder.keep(practice.silence(ladder.instants(), step.not_before, step.clock))
    ladder.keep(practice.unfold(ladder.instants(), now))
    again = [step for step in ladder.planned() if (step.clock, step.action) in asked and step.at <= now]
    for step in again:
        await climbing.record(session, position, (step.clock, step.action, step.occurrence), OVERTAKEN, now)
    return asked - {(step.clock, step.action) for step in again}
