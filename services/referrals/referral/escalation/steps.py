"""The steps of a ladder: each due one fires once, those that it overtakes are recorded, none fires after an answer."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.models import RungRow
from services.referrals.codes import ENDINGS, Action, State
from services.referrals.message import service as messages
from services.referrals.referral.escalation.models import Escalation
from services.referrals.referral.escalation.resolution import OPEN, RESOLVED
from services.referrals.referral.events import emit_event
from services.referrals.referral.position import Position
from shared.db.session import after_commit
from shared.events.referrals import EscalationRecorded
from shared.ids import new_id
from shared.metrics import counted
from shared.practice import ladder as practice
from shared.practice.ladder_engine import FIRED, OVERTAKEN, VOID, Key


async def run_due(session: AsyncSession, position: Position, stage_entry: int, now: datetime) -> None:
    """Fire the highest due step of each clock, record lower ones as overtaken, and add what repeats.

    After an answer (another stage entry) no step is due.
    """
    referral, ladder = position.referral, position.ladder
    if referral.stage_entry != stage_entry or State(referral.state) in ENDINGS:
        return
    due = practice.due(ladder.instants(), ladder.done(), now)
    if not due.fire and not due.overtaken:
        return
    ladder.keep(due.added)
    for step in due.overtaken:
        await record(session, position, step.key, OVERTAKEN, now, overtaken_by=due.by[step.key].action)
    done: set[tuple[str, str]] = set()
    for step in due.fire:
        await _fire(session, position, step.key, now, done)


async def fire_now(session: AsyncSession, position: Position, key: Key, now: datetime) -> None:
    """Fire a step that somebody wants today, also where the ladder by itself would not fire it."""
    await _fire(session, position, key, now, set(), wanted=True)


async def _fire(
    session: AsyncSession,
    position: Position,
    key: Key,
    now: datetime,
    done: set[tuple[str, str]],
    *,
    wanted: bool = False,
) -> None:
    referral, row = position.referral, position.ladder.rows[key]
    opening = position.ladder.opening(row.clock)
    assert opening is not None
    action: str | None = practice.carried_out_as(
        cast(Any, row.action),
        whose=cast(Any, opening.whose if position.reached or opening.whose != "agency" else "us"),
        agency_has_email=position.agency_has_email,
        held=position.held,
    )
    if wanted and (action is None or row.action == Action.OFFER_ALTERNATIVE):
        action = row.action
        if action == Action.REMIND_AGENCY and not position.reached:
            action = Action.ASK_WORKER  # no email to an address that failed, or about a referral that was never sent
    if action is None:
        position.ladder.record(key, VOID, now)
        return
    if (row.clock, action) in done:
        # Two steps of one instant with the same action are one alarm.
        await record(session, position, key, OVERTAKEN, now, action, overtaken_by=action)
        return
    done.add((row.clock, action))
    await record(session, position, key, FIRED, now, action)
    if not wanted:
        late = (now - max(row.at, row.not_before or row.at)).total_seconds()
        after_commit(session, lambda: counted.step("referral", late))
    if action == Action.REMIND_AGENCY:
        await messages.queue_reminder(session, referral, row.clock, row.at)


async def record(
    session: AsyncSession,
    position: Position,
    key: Key,
    outcome: str,
    now: datetime,
    action: str | None = None,
    overtaken_by: str | None = None,
) -> RungRow:
    """Record one step, with its row and its event, in this transaction."""
    referral = position.referral
    row = position.ladder.record(key, outcome, now)
    opening = position.ladder.opening(row.clock)
    assert opening is not None
    escalation = Escalation(
        id=new_id(),
        team_id=referral.team_id,
        referral_id=referral.id,
        stage_entry=referral.stage_entry,
        clock=row.clock,
        action=action or row.action,
        rung=row.action,
        occurrence=row.occurrence,
        outcome=outcome,
        due_at=row.at,
        fired_at=now,
        worker_only=position.held,
        state=OPEN if outcome == FIRED else RESOLVED,
    )
    session.add(escalation)
    if outcome == FIRED:
        position.level += 1
    await emit_event(
        session,
        referral,
        EscalationRecorded,
        now,
        drive=False,
        escalation_id=escalation.id,
        stage_entry=escalation.stage_entry,
        opening_id=opening.id,
        waits_on=position.asked_of(opening.waits_on),
        action=escalation.action,
        occurrence=escalation.occurrence,
        outcome=outcome,
        overtaken_by=overtaken_by,
        due_at=escalation.due_at,
        worker_only=position.held,
    )
    return row
