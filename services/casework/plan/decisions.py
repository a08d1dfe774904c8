"""Decisions about a plan: transactions on the plan's locked rows (ADR 0013).

The lock puts a decision in sequence with everything else that changes the plan: a step that is due in the same second,
a contact, another decision. The second one sees the effect of the first, and is refused (409) with the reason when that
rules it out. The events of a decision wake the plan's workflow; no decision waits for the workflow engine.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.case.rules import ClosingReason
from services.casework.ending import end_everything, keeps_open
from services.casework.hold.rules import KINDS
from services.casework.member import caseload_lock
from services.casework.member import service as members
from services.casework.note import service as notes
from services.casework.plan import clocks, pausing
from services.casework.plan.events import emit_changed, emit_event
from services.casework.plan.models import Plan, PlanDecision
from services.casework.plan.steps import locked
from services.casework.review.models import Review
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.db.session import actor_of
from shared.decisions import CLOSE, HOLD, REASSIGN, RESUME, REVIEW
from shared.events.casework import PlanClosed, PlanReviewed
from shared.http.problems import Problem, conflict, not_found
from shared.practice.cadence import CASELOAD_MAXIMUM
from shared.practice.calendar import local_day

# Codes that a decision's `reason` may hold beside those of its kind.
SIGNED = "signed"  # a review by a supervisor is signed immediately
EXCEED = "exceed"  # a supervisor agreed to a caseload above the ceiling

CLOSING_REASONS = frozenset(ClosingReason.__args__)


@dataclass(frozen=True)
class Decision:
    """One decision of the session's actor; only the fields that its `kind` needs are set.

    `id` names the request, so that a repeated request makes no second decision. `reason` is a code; free text goes into
    `note`, which is sealed.
    """

    id: str
    kind: str
    reason: str | None = None
    until: datetime | None = None
    worker_id: str | None = None
    note: str | None = None


async def decide(session: AsyncSession, plan_id: UUID, decision: Decision) -> None:
    """Carry out a decision about a plan that the caller has found visible, in the caller's transaction.

    Raise a 409 problem with the reason when the decision cannot be carried out, or no longer can.
    """
    if decision.kind == REASSIGN:
        await caseload_lock.lock(session, decision.worker_id)
    found = await locked(session, plan_id)
    if found is None:
        raise not_found()
    case, plan = found
    # Checked here too: this row outlives the stored answer to the request.
    if await session.scalar(select(PlanDecision.id).where(PlanDecision.decision_id == decision.id)) is not None:
        return
    if plan.stage == "closed":
        raise conflict("The plan is closed.", rule="closed")
    by, at = actor_of(session).user_id, clock.now()
    plan.touch()
    plan.set_last_action(decision.kind, by, at)
    await _KINDS[decision.kind](session, case, plan, decision, by, at)
    session.add(
        PlanDecision(
            team_id=plan.team_id,
            plan_id=plan.id,
            decision_id=decision.id,
            kind=decision.kind,
            by=by,
            at=at,
            done=True,
            why="",
            reason=decision.reason,
            until=decision.until,
            worker_id=decision.worker_id,
        )
    )
    await notes.write(session, plan.id, plan.team_id, decision.id, decision.kind, decision.note)
    await session.flush()


def _not_done(why: str) -> Problem:
    return conflict(why, rule="not_done")


async def _hold(session: AsyncSession, case: Case, plan: Plan, decision: Decision, by: str, at: datetime) -> None:
    if decision.reason not in KINDS:
        raise _not_done(f"A pause is one of {', '.join(KINDS)}.")
    if plan.stage != "open":
        raise _not_done("It is paused already." if plan.stage == "held" else "It has stopped.")
    await pausing.begin(session, case, plan, kind=decision.reason, until=decision.until, at=at, by=by)


async def _resume(session: AsyncSession, case: Case, plan: Plan, decision: Decision, by: str, at: datetime) -> None:
    hold = await clocks.hold_of(session, plan)
    if hold is None:
        raise _not_done("It is not paused.")
    if decision.until is not None and local_day(decision.until) < local_day(hold.began_at):
        raise _not_done("The pause began later than that.")
    ended = pausing.said_end(hold, at, decision.until)
    await pausing.end(session, case, plan, hold, ended, by=by, how="resumed")


async def _reassign(session: AsyncSession, case: Case, plan: Plan, decision: Decision, by: str, at: datetime) -> None:
    if not decision.worker_id:
        raise _not_done("Say who carries on.")
    await members.check(session, case.team_id, decision.worker_id, field="worker_id")
    exceed = decision.reason == EXCEED
    if not await cases.assign(session, case, decision.worker_id, at, by=by, over_ceiling=exceed):
        raise _not_done(f"The worker has no room: a caseload is at most {CASELOAD_MAXIMUM}.")
    await emit_changed(session, plan, "reassigned", at, who=by, worker_id=decision.worker_id)


async def _review(session: AsyncSession, case: Case, plan: Plan, decision: Decision, by: str, at: datetime) -> None:
    if plan.stage == "stopped":
        raise _not_done("It has stopped.")
    signed = decision.reason == SIGNED
    session.add(
        Review(
            team_id=plan.team_id,
            plan_id=plan.id,
            at=at,
            by=by,
            decision_id=decision.id,
            signed_at=at if signed else None,
            signed_by=by if signed else None,
        )
    )
    plan.reviewed_at = at
    await clocks.set_anew(session, plan, ("review",), at)
    await tasks.close(session, Task.plan_id == plan.id, Task.kind == "review", why="reviewed")
    await emit_event(session, plan, PlanReviewed, at, "reviewed", facts={"by": by}, driving=True, who=by)


async def _close(session: AsyncSession, case: Case, plan: Plan, decision: Decision, by: str, at: datetime) -> None:
    reason = decision.reason or ""
    if reason not in CLOSING_REASONS:
        raise _not_done(f"A closing reason is one of {', '.join(sorted(CLOSING_REASONS))}.")
    if (still := await keeps_open(session, case, reason)) is not None:
        raise _not_done(still)
    hold = await clocks.hold_of(session, plan)
    if hold is not None:
        await pausing.end(session, case, plan, hold, at, by=by, how="closed", going_on=False)
    await clocks.void_steps(session, plan, None, at)
    plan.stage, plan.stage_since, plan.watch_until = "closed", at, None
    plan.stage_entry += 1
    plan.closed_at, plan.closed_by, plan.closing_reason = at, by, reason
    await cases.close(session, case, reason, at)
    await end_everything(session, case, "case_closed")
    facts = {"reason": reason}
    await emit_event(session, plan, PlanClosed, at, "closed", facts=facts, driving=True, who=by, reason=reason)


_Kind = Callable[[AsyncSession, Case, Plan, Decision, str, datetime], Awaitable[None]]
_KINDS: dict[str, _Kind] = {HOLD: _hold, RESUME: _resume, REASSIGN: _reassign, REVIEW: _review, CLOSE: _close}
