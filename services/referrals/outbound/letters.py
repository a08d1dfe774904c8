"""The text of a message, made from the rows of this moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import rules as clock_rules
from services.referrals.clock import service as clocks
from services.referrals.codes import State
from services.referrals.message.words import Kind
from services.referrals.outbound.text import Letter, Line
from services.referrals.referral.position import Position, may_say_attendance
from services.referrals.worker import service as workers
from shared import clock
from shared.practice import ladder as practice
from shared.practice.calendar import local_day
from shared.settings import Settings


async def letter(session: AsyncSession, settings: Settings, kind: Kind, positions: Sequence[Position]) -> Letter:
    """Return the letter with one line per referral, in the order of their references."""
    once = {position.referral.id: position for position in positions}
    names = await workers.to_ask_for(session, [position.referral for position in once.values()])
    everybody = {names.get(referral_id) for referral_id in once}
    same = everybody.pop() if len(everybody) == 1 else None
    lines = [
        replace(await _line(session, position), ask_for=None if same else names.get(referral_id))
        for referral_id, position in once.items()
    ]
    return Letter(
        kind,
        sorted(lines, key=lambda line: line.reference),
        settings.whom_to_ring(same),
        settings.contact_phone,
        settings.organisation_name,
        settings.reply_base_url,
        settings.organisation_phone,
        settings.organisation_website,
    )


async def _line(session: AsyncSession, position: Position) -> Line:
    by = await _answer_by(session, position)
    day = local_day(by) if by else None
    late = day is not None and day < local_day(clock.now())
    row = position.referral
    # A message that leaves now makes the referral sent.
    state = State(row.state) if position.reached else State.SENT
    return Line(row.reference, state, day, late, may_say_attendance(row))


async def _answer_by(session: AsyncSession, position: Position) -> datetime | None:
    """Return when the agency's nearest clock ends.

    A first message leaves before its clocks are set, so the clocks that sending will open are computed.
    """
    running = [each.deadline for each in position.ladder.openings if each.whose == "agency"]
    if running and position.reached:
        return min(running)
    where = position.where()
    if not position.reached:
        where = replace(where, state=State.SENT, since=clock.now(), sent_at=clock.now())
    all_rules = await clocks.rules_of(session, position.referral.team_id)
    to_come = [each for each in clock_rules.stage_clocks(where, all_rules) if each.clock.whose == "agency"]
    return min((practice.deadline(e.clock, e.opened_at, e.recorded) for e in to_come), default=None)
