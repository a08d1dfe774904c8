"""Decisions of people about a referral's process. The same decision again gets the same answer and does nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import service as clocks
from services.referrals.clock.ladder import FIRED
from services.referrals.clock.models import RungRow
from services.referrals.decision.models import DecisionRow
from services.referrals.escalation import climbing, resolving
from services.referrals.referral.entering import Act, enter, note_line
from services.referrals.referral.position import Position
from services.referrals.referral.rules import Answer, Goes, judge
from services.referrals.referral.telling import tell
from services.referrals.referral.words import ENDINGS, Action, Move, State, WithdrawReason
from shared.events.referrals import ReferralDecided
from shared.practice import ladder as practice
from shared.practice.calendar import local_day
from workflows.contracts import ACKNOWLEDGE, ESCALATE_NOW, EXTEND, OFFER_ALTERNATIVE, WITHDRAW, Decision

MOST_WORKING_DAYS = 60

_DID = {
    EXTEND: "gave the agency more time",
    ESCALATE_NOW: "asked for the next step at once",
    ACKNOWLEDGE: "is on it",
    OFFER_ALTERNATIVE: "asked for another service",
    WITHDRAW: "withdrew the referral",
}


@dataclass(frozen=True)
class Outcome:
    """Whether it was done, and why (not) in words fit for the one who asked."""

    done: bool
    why: str


async def decide(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    """Carry out a decision on a locked referral."""
    referral = position.referral
    before = await session.scalar(
        select(DecisionRow).where(
            DecisionRow.referral_id == referral.id, DecisionRow.decision_id == decision.decision_id
        )
    )
    if before is not None:
        return Outcome(before.done, before.why)
    if State(referral.state) in ENDINGS:
        outcome = Outcome(False, f"it ended meanwhile: it is {referral.state}")
    else:
        outcome = await _KINDS[decision.kind](session, position, decision)
    if outcome.done:
        await _tell(session, position, decision)
    session.add(_row(referral.id, referral.team_id, decision, outcome))
    await session.flush()
    return outcome


def known(kind: str) -> bool:
    """True for a decision about a referral."""
    return kind in _KINDS


async def _extend(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    days = decision.working_days or 0
    if not 1 <= days <= MOST_WORKING_DAYS:
        return Outcome(False, f"working_days must be between 1 and {MOST_WORKING_DAYS}")
    if not position.ladder.openings:
        return Outcome(False, "no clock runs here, so there is nothing to extend")
    clocks.extend(position.ladder, days, decision.at, paused=position.referral.paused_since is not None)
    return Outcome(True, f"later steps moved by {days} working day{'' if days == 1 else 's'}")


async def _acknowledge(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    if decision.until is None or decision.until <= decision.at:
        return Outcome(False, "until must be a later day")
    until = practice.silent_until(local_day(decision.until))
    position.ladder.keep(practice.silence(position.ladder.instants(), until))
    position.referral.silent_until = until
    await resolving.acknowledge(session, position.referral, until)
    return Outcome(True, "silent until then")


async def _escalate_now(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    steps = position.ladder.instants()
    step = practice.next_rung(steps, position.ladder.done(), decision.at)
    if step is None:
        return Outcome(False, "no further step is planned")
    await _now(session, position, step, decision.at)
    return Outcome(True, f"{practice_words(step.action)} was brought forward")


async def _offer_alternative(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    ladder = position.ladder
    rows = [row for row in ladder.rows.values() if row.action == Action.OFFER_ALTERNATIVE]
    if any(row.outcome == FIRED for row in rows):
        return Outcome(False, "another service was already asked for in this stage")
    if not ladder.openings:
        return Outcome(False, "no clock runs here, so there is no step to bring forward")
    done = ladder.done()
    waiting = [each for each in ladder.instants() if each.action == Action.OFFER_ALTERNATIVE and each.key not in done]
    # The ladder of the state before that of a span, so that the same is not asked twice.
    step = min(waiting, key=lambda each: (each.kind != "stage", each.at), default=None)
    if step is None:
        clock = ladder.openings[-1].clock
        # Also those that came to nothing, which the ladder no longer shows: their numbers are taken.
        last = await session.scalar(
            select(func.coalesce(func.max(RungRow.occurrence), 0)).where(
                RungRow.referral_id == position.referral.id,
                RungRow.clock == clock,
                RungRow.action == Action.OFFER_ALTERNATIVE,
            )
        )
        last = int(last or 0)
        step = practice.RungInstant(clock, "offer_alternative", last + 1, decision.at)
    await _now(session, position, step, decision.at)
    return Outcome(True, "another service is looked for now")


async def _now(session: AsyncSession, position: Position, step: practice.RungInstant, now: datetime) -> None:
    """Fire one step ahead of its day; what repeats goes on from the day it stood at."""
    following = practice.following(step)
    position.ladder.keep([step, following] if following else [step])
    await climbing.fire_now(session, position, step.key, now)


async def _withdraw(session: AsyncSession, position: Position, decision: Decision) -> Outcome:
    reason = decision.reason or str(WithdrawReason.OURS)
    if reason not in set(map(str, WithdrawReason)):
        return Outcome(False, "reason is not one of ours")
    answer = Answer(Move.WITHDRAW, local_day(decision.at), reason=reason)
    verdict = judge(position.standing(), answer)
    assert isinstance(verdict, Goes), "every open state can be withdrawn"
    await enter(session, position, answer, verdict.to, Act(decision.by, decision.at))
    return Outcome(True, "withdrawn")


_Kind = Callable[[AsyncSession, Position, Decision], Awaitable[Outcome]]
_KINDS: Mapping[str, _Kind] = {
    EXTEND: _extend,
    ACKNOWLEDGE: _acknowledge,
    ESCALATE_NOW: _escalate_now,
    OFFER_ALTERNATIVE: _offer_alternative,
    WITHDRAW: _withdraw,
}


def practice_words(action: str) -> str:
    """A step's name as plain words."""
    return action.replace("_", " ")


async def _tell(session: AsyncSession, position: Position, decision: Decision) -> None:
    referral = position.referral
    referral.last_human_what, referral.last_human_by = _DID[decision.kind], decision.by
    referral.last_human_at = decision.at
    await tell(
        session,
        referral,
        ReferralDecided,
        decision.at,
        drive=False,
        decision=decision.kind,
        by=decision.by,
        until=decision.until,
    )
    if decision.kind != WITHDRAW:
        note_line(session, referral, decision.kind, Act(decision.by, decision.at), reason=decision.reason)


def _row(referral_id: UUID, team_id: UUID, decision: Decision, outcome: Outcome) -> DecisionRow:
    return DecisionRow(
        team_id=team_id,
        referral_id=referral_id,
        decision_id=decision.decision_id,
        kind=decision.kind,
        by=decision.by,
        at=decision.at,
        until=decision.until,
        working_days=decision.working_days,
        reason=decision.reason,
        done=outcome.done,
        why=outcome.why,
    )
