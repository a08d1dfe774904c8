"""Routes of plans."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import listing
from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.member import caseload_lock
from services.casework.note import service as notes
from services.casework.plan import decisions, reopening, service
from services.casework.plan.models import Plan
from services.casework.plan.schemas import (
    ActionAddTo,
    ActionTick,
    ActionView,
    CadenceDays,
    DecisionView,
    GoalAdd,
    GoalView,
    Noted,
    PauseEdit,
    PlanClose,
    PlanEdit,
    PlanHold,
    PlanReassign,
    PlanReopen,
    PlanResume,
    PlanStart,
    PlanView,
    PreviewItem,
    PreviewView,
)
from shared import clock
from shared.access.roles import Role
from shared.access.table import may
from shared.db.visible import visible
from shared.decisions import CLOSE, HOLD, REASSIGN, RESUME, REVIEW
from shared.http.bodies import Instant
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.idempotency import Idempotency, Once
from shared.http.problems import conflict, invalid, problem
from shared.http.routes import Routes
from shared.practice.cadence import Phase, cadence

starting = Routes("/cases/{case_id}/plan", tags=["plans"])
routes = Routes("/plans")

LONGEST_HOLD = timedelta(days=3653)


@starting.post("", allow="plan.start")
async def start(case_id: UUID, body: PlanStart, session: Tx, once: Once) -> PlanView:
    """Start the case's plan. Its workflow starts a moment later and waits for contact, reviews and forms."""
    await visible(session, Case, case_id)

    async def act() -> PlanView:
        case = await visible(session, Case, case_id, lock=True)
        if case.stage not in ("engaging", "planned", "stepping_down"):
            raise conflict(f"The case is {case.stage.replace('_', ' ')}: a plan needs a worker.", rule=case.stage)
        if await cases.open_plan_of(session, case.id) is not None:
            raise conflict("The case has an open plan.", rule="plan_open")
        return await service.view(session, await service.start(session, case, body))

    return await once(body, act)


@routes.get("/preview", allow="plan.read")
async def preview(
    phase: Phase = "transition",
    cadence_days: Annotated[CadenceDays | None, Query()] = None,
    started_at: Annotated[Instant | None, Query()] = None,
) -> PreviewView:
    """Return the dates that such a plan would have: contacts if each is kept, reviews, forms, end of phase."""
    rule = cadence(phase, cadence_days)
    items = service.previewed(phase, cadence_days, started_at or clock.now())
    return PreviewView(
        cadence_days=rule.days, rule_source=rule.source, items=[PreviewItem(at=at, what=what) for at, what in items]
    )


@routes.get("/{plan_id}", allow="plan.read")
async def read(plan_id: UUID, session: Tx, tag: Tag) -> PlanView:
    return tag(await service.view(session, await visible(session, Plan, plan_id)))


@routes.patch("/{plan_id}", allow="plan.edit")
async def edit(plan_id: UUID, body: PlanEdit, session: Tx, if_match: IfMatch, tag: Tag) -> PlanView:
    """Change phase, cadence or template; clocks whose rule changed are set anew."""
    await visible(session, Plan, plan_id)
    changes = body.model_dump(exclude_unset=True)
    for name in ("phase", "template"):
        if name in changes and changes[name] is None:
            raise invalid(name, "missing", "cannot be empty")
    case, plan = await service.locked(session, plan_id)
    if_match.check(plan.version)
    if changes:
        await service.edit(session, case, plan, changes)
    return tag(await service.view(session, plan))


@routes.post("/{plan_id}/goals", allow="plan.edit")
async def add_goal(plan_id: UUID, body: GoalAdd, session: Tx, once: Once) -> GoalView:
    await visible(session, Plan, plan_id)

    async def act() -> GoalView:
        _, plan = await service.locked(session, plan_id)
        return GoalView.model_validate(await service.add_goal(session, plan, body.words))

    return await once(body, act)


@routes.post("/{plan_id}/actions", allow="plan.edit")
async def add_action(plan_id: UUID, body: ActionAddTo, session: Tx, once: Once) -> ActionView:
    await visible(session, Plan, plan_id)

    async def act() -> ActionView:
        _, plan = await service.locked(session, plan_id)
        action = await service.add_action(
            session, plan, what=body.what, whose=body.whose, by_when=body.by_when, goal_id=body.goal_id
        )
        return ActionView.model_validate(action)

    return await once(body, act)


@routes.post("/{plan_id}/actions/{action_id}/done", allow="plan.edit", status_code=200)
async def tick(plan_id: UUID, action_id: UUID, body: ActionTick, session: Tx, once: Once) -> ActionView:
    """Mark an action as done, or as not done when it was ticked by mistake (`done`: false)."""
    await visible(session, Plan, plan_id)

    async def act() -> ActionView:
        _, plan = await service.locked(session, plan_id)
        return ActionView.model_validate(await service.tick(session, plan, action_id, done=body.done))

    return await once(body, act, status=200)


@routes.post("/{plan_id}/hold", allow="plan.decide", status_code=200)
async def hold(plan_id: UUID, body: PlanHold, session: Tx, once: Once) -> DecisionView:
    """Pause the plan while the person is in custody, in hospital or away.

    Without an end, the worker is asked after seven days whether the pause has ended.
    """
    await visible(session, Plan, plan_id)

    async def act() -> DecisionView:
        if body.until is not None and not clock.now() < body.until < clock.now() + LONGEST_HOLD:
            raise invalid("until", "range", "must lie in the future, at most ten years ahead")
        return await _decide(session, once, plan_id, HOLD, note=body.note, reason=body.kind, until=body.until)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/resume", allow="plan.decide", status_code=200)
async def resume(plan_id: UUID, session: Tx, once: Once, body: PlanResume | None = None) -> DecisionView:
    """End the pause; not-seen counts from the day it ended."""
    await visible(session, Plan, plan_id)
    given = body or PlanResume()

    async def act() -> DecisionView:
        if given.ended_at is not None and given.ended_at > clock.now():
            raise invalid("ended_at", "range", "must not lie in the future")
        return await _decide(session, once, plan_id, RESUME, note=given.note, until=given.ended_at)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/pause", allow="plan.decide", status_code=200)
async def pause(plan_id: UUID, body: PauseEdit, session: Tx, once: Once) -> PlanView:
    """Set the end of the pause, or record that nobody knows it. The pause goes on; open questions about it close."""
    await visible(session, Plan, plan_id)

    async def act() -> PlanView:
        if body.until is not None and not clock.now() < body.until < clock.now() + LONGEST_HOLD:
            raise invalid("until", "range", "must lie in the future, at most ten years ahead")
        _, plan = await service.locked(session, plan_id)
        await service.change_pause(session, plan, body.until)
        await notes.write(session, plan.id, plan.team_id, once.decision_id, "pause", body.note)
        return await service.view(session, plan)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/reassign", allow="case.reassign", status_code=200)
async def reassign(plan_id: UUID, body: PlanReassign, session: Tx, actor: Who, once: Once) -> DecisionView:
    """Assign case and plan to another worker."""
    await visible(session, Plan, plan_id)

    async def act() -> DecisionView:
        if body.over_ceiling and may(actor.role, "case.exceed_ceiling") is None:
            raise problem(
                403, "Only a supervisor may agree to go above the ceiling.", field="over_ceiling", rule="role"
            )
        reason = decisions.EXCEED if body.over_ceiling else None
        return await _decide(session, once, plan_id, REASSIGN, note=body.note, reason=reason, worker_id=body.worker_id)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/review", allow="plan.decide", status_code=200)
async def review(plan_id: UUID, session: Tx, actor: Who, once: Once, body: Noted | None = None) -> DecisionView:
    """Record a review; the next one counts from today. A review by a supervisor is signed immediately."""
    await visible(session, Plan, plan_id)

    async def act() -> DecisionView:
        reason = decisions.SIGNED if actor.role is Role.SUPERVISOR else None
        note = body.note if body else None
        return await _decide(session, once, plan_id, REVIEW, note=note, reason=reason)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/reopen", allow="plan.reopen", status_code=200)
async def reopen(plan_id: UUID, body: PlanReopen, session: Tx, actor: Who, once: Once) -> PlanView:
    """Reopen a closed plan, with a note that gives the reason: its case opens too, and all clocks count from now."""
    seen = await visible(session, Plan, plan_id)

    async def act() -> PlanView:
        await caseload_lock.lock(session, (await visible(session, Case, seen.case_id)).worker_id)
        case = await visible(session, Case, seen.case_id, lock=True)
        plan = await visible(session, Plan, plan_id, lock=True)
        if plan.stage != "closed":
            raise conflict("It is open.", rule="open")
        if case.stage == "closed":
            await listing.may_reopen(session, case)
        elif await cases.open_plan_of(session, case.id) is not None:
            raise conflict("The case has another open plan.", rule="plan_open")
        await reopening.reopen(session, case, plan, body.note, by=actor.user_id, now=clock.now())
        await notes.write(session, plan.id, plan.team_id, once.decision_id, "reopen", body.note)
        return await service.view(session, plan)

    return await once(body, act, status=200)


@routes.post("/{plan_id}/close", allow="plan.close", status_code=200)
async def close(plan_id: UUID, body: PlanClose, session: Tx, once: Once) -> DecisionView:
    """Close the plan: a supervisor agrees that the work is over. No step runs after that."""
    await visible(session, Plan, plan_id)

    async def act() -> DecisionView:
        return await _decide(session, once, plan_id, CLOSE, note=body.note, reason=body.reason)

    return await once(body, act, status=200)


async def _decide(session: AsyncSession, once: Idempotency, plan_id: UUID, kind: str, **given: Any) -> DecisionView:
    """Carry out a decision and return the plan after it; 409 with the reason when it cannot be done."""
    await decisions.decide(session, plan_id, decisions.Decision(once.decision_id, kind, **given))
    return DecisionView(done=True, why="", plan=await service.view(session, await visible(session, Plan, plan_id)))
