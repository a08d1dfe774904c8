"""Decisions about a plan: carried out once per decision id, with the same answer whenever they are asked again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import load
from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.case.rules import ClosingReason
from services.casework.ending import end_everything, keeps_open
from services.casework.hold.rules import KINDS
from services.casework.member import service as members
from services.casework.plan import clocks, pausing
from services.casework.plan.models import Plan, PlanDecision
from services.casework.plan.stepping import locked
from services.casework.plan.telling import say
from services.casework.review.models import Review
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.events.casework import PlanChanged, PlanClosed, PlanReviewed
from shared.practice.cadence import CASELOAD_MAXIMUM
from shared.practice.calendar import local_day
from shared.temporal.activities import refuse
from workflows.contracts import CLOSE, HOLD, REASSIGN, RESUME, REVIEW, Decision

# Codes that a decision's `reason` may carry beside those of its kind.
SIGNED = "signed"  # a review by a supervisor is signed at once
EXCEED = "exceed"  # a supervisor agreed to a caseload above the ceiling

CLOSING_REASONS = frozenset(ClosingReason.__args__)


@dataclass(frozen=True)
class Outcome:
    done: bool
    why: str = ""


async def decide(session: AsyncSession, decision: Decision, plan_id: UUID) -> None:
    """Carry a decision out and record what became of it, in the caller's transaction."""
    if decision.kind == REASSIGN:
        await load.lock(session, decision.worker_id)
    found = await locked(session, plan_id)
    if found is None:
        refuse("there is no such plan")
    case, plan = found
    known = select(PlanDecision.id).where(PlanDecision.decision_id == decision.decision_id)
    if await session.scalar(known) is not None:
        return
    outcome = await _carry_out(session, case, plan, decision)
    session.add(
        PlanDecision(
            team_id=plan.team_id,
            plan_id=plan.id,
            decision_id=decision.decision_id,
            kind=decision.kind,
            by=decision.by,
            at=decision.at,
            done=outcome.done,
            why=outcome.why,
            reason=decision.reason,
            until=decision.until,
            worker_id=decision.worker_id,
        )
    )
    await session.flush()


async def answer_to(session: AsyncSession, decision_id: str) -> PlanDecision | None:
    """What became of a decision, if it was recorded."""
    return await session.scalar(select(PlanDecision).where(PlanDecision.decision_id == decision_id))


async def _carry_out(session: AsyncSession, case: Case, plan: Plan, decision: Decision) -> Outcome:
    if plan.stage == "closed":
        return Outcome(False, "The plan is closed.")
    carry_out = _KINDS.get(decision.kind)
    if carry_out is None:
        return Outcome(False, "A plan takes no such decision.")
    # Decided while nobody listened, it is still decided then; but nothing is ever decided later than now.
    at = min(decision.at, clock.now())
    version, human = plan.version, (plan.last_human_what, plan.last_human_by, plan.last_human_at)
    plan.touch()
    plan.last_human_what, plan.last_human_by, plan.last_human_at = decision.kind, decision.by, at
    outcome = await carry_out(session, case, plan, decision, at)
    if not outcome.done:
        plan.version = version
        plan.last_human_what, plan.last_human_by, plan.last_human_at = human
    return outcome


async def _hold(session: AsyncSession, case: Case, plan: Plan, decision: Decision, at: datetime) -> Outcome:
    if decision.reason not in KINDS:
        return Outcome(False, f"A pause is one of {', '.join(KINDS)}.")
    if plan.stage != "open":
        return Outcome(False, "It is paused already." if plan.stage == "held" else "It has stopped.")
    await pausing.begin(session, case, plan, kind=decision.reason, until=decision.until, at=at, by=decision.by)
    return Outcome(True)


async def _resume(session: AsyncSession, case: Case, plan: Plan, decision: Decision, at: datetime) -> Outcome:
    hold = await clocks.hold_of(session, plan)
    if hold is None:
        return Outcome(False, "It is not paused.")
    if decision.until is not None and local_day(decision.until) < local_day(hold.began_at):
        return Outcome(False, "The pause began later than that.")
    ended = pausing.said_end(hold, at, decision.until)
    await pausing.end(session, case, plan, hold, ended, by=decision.by, how="resumed")
    return Outcome(True)


async def _reassign(session: AsyncSession, case: Case, plan: Plan, decision: Decision, at: datetime) -> Outcome:
    if not decision.worker_id:
        return Outcome(False, "Say who carries on.")
    if (no := await members.why_not(session, case.team_id, decision.worker_id)) is not None:
        return Outcome(False, f"The worker {no.message}.")
    exceed = decision.reason == EXCEED
    if not await cases.assign(session, case, decision.worker_id, at, by=decision.by, over_ceiling=exceed):
        return Outcome(False, f"The worker has no room: a caseload is at most {CASELOAD_MAXIMUM}.")
    changed = PlanChanged(
        version=plan.version, occurred_at=at, plan_id=plan.id, case_id=case.id, team_id=plan.team_id, what="reassigned"
    )
    await say(session, plan, changed, "reassigned", who=decision.by, worker_id=decision.worker_id)
    return Outcome(True)


async def _review(session: AsyncSession, case: Case, plan: Plan, decision: Decision, at: datetime) -> Outcome:
    if plan.stage == "stopped":
        return Outcome(False, "It has stopped.")
    signed = decision.reason == SIGNED
    session.add(
        Review(
            team_id=plan.team_id,
            plan_id=plan.id,
            at=at,
            by=decision.by,
            decision_id=decision.decision_id,
            signed_at=at if signed else None,
            signed_by=decision.by if signed else None,
        )
    )
    plan.reviewed_at = at
    await clocks.set_anew(session, plan, ("review",), at)
    await tasks.close(session, Task.plan_id == plan.id, Task.kind == "review", why="reviewed")
    reviewed = PlanReviewed(
        version=plan.version, occurred_at=at, plan_id=plan.id, case_id=case.id, team_id=plan.team_id, by=decision.by
    )
    await say(session, plan, reviewed, "reviewed", who=decision.by)
    return Outcome(True)


async def _close(session: AsyncSession, case: Case, plan: Plan, decision: Decision, at: datetime) -> Outcome:
    reason = decision.reason or ""
    if reason not in CLOSING_REASONS:
        return Outcome(False, f"A closing reason is one of {', '.join(sorted(CLOSING_REASONS))}.")
    if (still := await keeps_open(session, case, reason)) is not None:
        return Outcome(False, still)
    hold = await clocks.hold_of(session, plan)
    if hold is not None:
        await pausing.end(session, case, plan, hold, at, by=decision.by, how="closed", going_on=False)
    await clocks.silence(session, plan, None, at)
    plan.stage, plan.stage_since, plan.watch_until = "closed", at, None
    plan.stage_entry += 1
    plan.closed_at, plan.closed_by, plan.closing_reason = at, decision.by, reason
    await cases.close(session, case, reason, at)
    await end_everything(session, case, "case_closed")
    closed = PlanClosed(
        version=plan.version,
        occurred_at=at,
        plan_id=plan.id,
        case_id=case.id,
        person_id=plan.person_id,
        team_id=plan.team_id,
        reason=reason,
    )
    # Also to a workflow that lost its store before it could write its last board row.
    await say(session, plan, closed, "closed", driving=True, who=decision.by, reason=reason)
    return Outcome(True)


_Kind = Callable[[AsyncSession, Case, Plan, Decision, datetime], Awaitable[Outcome]]
_KINDS: dict[str, _Kind] = {HOLD: _hold, RESUME: _resume, REASSIGN: _reassign, REVIEW: _review, CLOSE: _close}
