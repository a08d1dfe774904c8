"""Decisions about a referral's course: transactions of the referral itself, judged on its locked row (ADR 0013).

A decision takes turns with whatever else happens to the referral: a step that is due in the same second, the answer of
the service, another decision. The second sees the effect of the first. The event of a decision wakes the workflow. The
same decision again gets the same answer and does nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import service as clocks
from services.referrals.clock.models import RungRow
from services.referrals.codes import ENDINGS, Action, Move, State, WithdrawReason
from services.referrals.decision.models import DecisionRow
from services.referrals.referral.escalation import resolution, steps
from services.referrals.referral.events import emit_event
from services.referrals.referral.position import Position
from services.referrals.referral.rules import Answer, Goes, judge
from services.referrals.referral.transitions import Attribution, append_history, apply
from shared.decisions import ACKNOWLEDGE, ESCALATE_NOW, EXTEND, OFFER_ALTERNATIVE, WITHDRAW
from shared.events.referrals import ReferralDecided
from shared.practice import ladder as practice
from shared.practice.calendar import local_day
from shared.practice.explain import step_words
from shared.practice.ladder_engine import FIRED

MOST_WORKING_DAYS = 60

_DID = {
    EXTEND: "gave the service more time",
    ESCALATE_NOW: "asked for the next step at once",
    ACKNOWLEDGE: "is on it",
    OFFER_ALTERNATIVE: "asked for another service",
    WITHDRAW: "withdrew the referral",
}


@dataclass(frozen=True)
class Decision:
    """A person's decision at `at`. Only the fields that its `kind` needs are set; `id` names the request."""

    id: str
    kind: str
    by: str
    at: datetime
    until: datetime | None = None
    working_days: int | None = None
    reason: str | None = None
    note: str | None = None


class NotDone(Exception):
    """The decision is not possible, or no longer: `why` is the reason in words for the person who decided."""

    def __init__(self, why: str) -> None:
        super().__init__("not done")
        self.why = why


async def decide(session: AsyncSession, position: Position, decision: Decision) -> str:
    """Carry out a decision on a locked referral whose clocks are set; return what was done. Raise NotDone."""
    referral = position.referral
    before = await session.scalar(
        select(DecisionRow.why).where(DecisionRow.referral_id == referral.id, DecisionRow.decision_id == decision.id)
    )
    if before is not None:
        return before
    if State(referral.state) in ENDINGS:
        raise NotDone(f"it ended meanwhile: it is {referral.state}")
    carry_out = _KINDS.get(decision.kind)
    if carry_out is None:
        raise NotDone("a referral takes no such decision")
    done = await carry_out(session, position, decision)
    await _emit(session, position, decision)
    session.add(_row(referral.id, referral.team_id, decision, done))
    await session.flush()
    return done


async def _extend(session: AsyncSession, position: Position, decision: Decision) -> str:
    days = decision.working_days or 0
    if not 1 <= days <= MOST_WORKING_DAYS:
        raise NotDone(f"the number of working days must be between 1 and {MOST_WORKING_DAYS}")
    if not position.ladder.openings:
        raise NotDone("no clock runs here, so there is nothing to extend")
    clocks.extend(position.ladder, days, decision.at, paused=position.referral.paused_since is not None)
    return f"later steps moved by {days} working day{'' if days == 1 else 's'}"


async def _acknowledge(session: AsyncSession, position: Position, decision: Decision) -> str:
    if decision.until is None or decision.until <= decision.at:
        raise NotDone("the date must be a later day")
    until = practice.silent_until(local_day(decision.until))
    position.ladder.keep(practice.silence(position.ladder.instants(), until))
    position.referral.silent_until = until
    await resolution.acknowledge(session, position.referral, until)
    return "reminders are paused until then"


async def _escalate_now(session: AsyncSession, position: Position, decision: Decision) -> str:
    step = practice.next_step(position.ladder.instants(), position.ladder.done(), decision.at)
    if step is None:
        raise NotDone("no further step is planned")
    await _now(session, position, step, decision.at)
    return f"done now: {step_words(step.action, 'agency')}"


async def _offer_alternative(session: AsyncSession, position: Position, decision: Decision) -> str:
    ladder = position.ladder
    rows = [row for row in ladder.rows.values() if row.action == Action.OFFER_ALTERNATIVE]
    if any(row.outcome == FIRED for row in rows):
        raise NotDone("another service was already asked for in this stage")
    if not ladder.openings:
        raise NotDone("no clock runs here, so there is no step to bring forward")
    done = ladder.done()
    waiting = [each for each in ladder.instants() if each.action == Action.OFFER_ALTERNATIVE and each.key not in done]
    # A stage's ladder comes before a span's, so that the same is not asked twice.
    step = min(waiting, key=lambda each: (each.kind != "stage", each.at), default=None)
    if step is None:
        clock = ladder.openings[-1].clock
        # Includes void steps, which the ladder no longer loads: their numbers are taken.
        last = await session.scalar(
            select(func.coalesce(func.max(RungRow.occurrence), 0)).where(
                RungRow.referral_id == position.referral.id,
                RungRow.clock == clock,
                RungRow.action == Action.OFFER_ALTERNATIVE,
            )
        )
        last = int(last or 0)
        step = practice.Step(clock, "offer_alternative", last + 1, decision.at)
    await _now(session, position, step, decision.at)
    return "another service is looked for now"


async def _now(session: AsyncSession, position: Position, step: practice.Step, now: datetime) -> None:
    """Fire one step ahead of its day; a repeating step goes on from the day for which it was planned."""
    following = practice.following(step)
    position.ladder.keep([step, following] if following else [step])
    await steps.fire_now(session, position, step.key, now)


async def _withdraw(session: AsyncSession, position: Position, decision: Decision) -> str:
    reason = decision.reason or str(WithdrawReason.OURS)
    if reason not in set(map(str, WithdrawReason)):
        raise NotDone("reason is not one of ours")
    answer = Answer(Move.WITHDRAW, local_day(decision.at), reason=reason)
    verdict = judge(position.standing(), answer)
    assert isinstance(verdict, Goes), "every open state can be withdrawn"
    await apply(session, position, answer, verdict.to, _act(decision))
    return "withdrawn"


_Kind = Callable[[AsyncSession, Position, Decision], Awaitable[str]]
_KINDS: Mapping[str, _Kind] = {
    EXTEND: _extend,
    ACKNOWLEDGE: _acknowledge,
    ESCALATE_NOW: _escalate_now,
    OFFER_ALTERNATIVE: _offer_alternative,
    WITHDRAW: _withdraw,
}


async def _emit(session: AsyncSession, position: Position, decision: Decision) -> None:
    referral = position.referral
    referral.set_last_action(_DID[decision.kind], decision.by, decision.at)
    await emit_event(
        session,
        referral,
        ReferralDecided,
        decision.at,
        decision=decision.kind,
        by=decision.by,
        until=decision.until,
    )
    if decision.kind != WITHDRAW:
        append_history(session, referral, decision.kind, _act(decision), reason=decision.reason)


def _act(decision: Decision) -> Attribution:
    return Attribution(decision.by, decision.at, None, decision.note)


def _row(referral_id: UUID, team_id: UUID, decision: Decision, done: str) -> DecisionRow:
    return DecisionRow(
        team_id=team_id,
        referral_id=referral_id,
        decision_id=decision.id,
        kind=decision.kind,
        by=decision.by,
        at=decision.at,
        until=decision.until,
        working_days=decision.working_days,
        reason=decision.reason,
        done=True,
        why=done,
    )
