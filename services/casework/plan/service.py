"""Start, edit and read plans, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.case.rules import stage_of_plan
from services.casework.plan import clocks, pausing
from services.casework.plan.events import emit_changed, emit_event
from services.casework.plan.models import Action, Goal, Plan, PlanStep
from services.casework.plan.rules import OPEN_CLOCKS, Facts, preview
from services.casework.plan.schemas import ActionAdd, HoldView, PlanStart, PlanView
from services.casework.plan.standing import contact_due_at
from services.casework.projections.models import KnownContact
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.db.visible import visible
from shared.events.casework import PlanStarted
from shared.http.problems import conflict, invalid, not_found
from shared.practice.cadence import ATTEMPT_PHASE, cadence


async def locked(session: AsyncSession, plan_id: UUID) -> tuple[Case, Plan]:
    """Lock and return case and plan for a change; raise 404 if the actor may not see it, 409 if it is closed."""
    seen = await visible(session, Plan, plan_id)
    case = await visible(session, Case, seen.case_id, lock=True)
    plan = await visible(session, Plan, plan_id, lock=True)
    if plan.stage == "closed":
        raise conflict("The plan is closed.", rule="closed")
    return case, plan


async def start(session: AsyncSession, case: Case, body: PlanStart) -> Plan:
    """Start a plan on a locked case: its goals, actions, clocks, and the event that starts its workflow."""
    now, by = clock.now(), actor_of(session).user_id
    seen = await session.scalar(
        select(func.max(KnownContact.occurred_at)).where(
            KnownContact.person_id == case.person_id,
            KnownContact.team_id == case.team_id,
            KnownContact.kind.in_(("met", "spoke")),
            KnownContact.struck_at.is_(None),
        )
    )
    plan = Plan(
        id=own("plan", case.team_id, body.id),
        team_id=case.team_id,
        case_id=case.id,
        person_id=case.person_id,
        template=body.template,
        phase=body.phase,
        phase_since=now,
        cadence_days=body.cadence_days,
        stage="open",
        stage_since=now,
        stage_entry=0,
        contact_entry=0,
        started_at=now,
        # Not-seen never counts from before the plan: somebody else may have seen the person until then.
        seen_from=now,
        sighted_from=now,
        attempted_from=None,
        # After the first phase a plan is made together with the person, who was met for it.
        met=seen is not None or body.phase != ATTEMPT_PHASE,
        last_contact_at=seen,
        last_contact_kind=None,
        reviewed_at=now,
        watch_until=None,
        outcomes_done=0,
        hold_id=None,
        last_human_what="started the plan",
        last_human_by=by,
        last_human_at=now,
    )
    await added(session, plan)
    goals = _add_goals(session, plan, body.goals)
    await session.flush()
    _add_actions(session, plan, goals, body.actions)
    await clocks.set_anew(session, plan, OPEN_CLOCKS, now)
    await cases.move(session, case, stage_of_plan(body.template, body.phase), now)
    await emit_event(session, plan, PlanStarted, now, "started", driving=True)
    return plan


def _add_goals(session: AsyncSession, plan: Plan, words: Sequence[str]) -> list[Goal]:
    goals = [
        Goal(team_id=plan.team_id, plan_id=plan.id, position=place, words=each) for place, each in enumerate(words)
    ]
    session.add_all(goals)
    return goals


def _add_actions(session: AsyncSession, plan: Plan, goals: list[Goal], given: Sequence[ActionAdd]) -> None:
    for place, each in enumerate(given):
        if each.goal is not None and each.goal >= len(goals):
            raise invalid(f"actions.{place}.goal", "unknown", "must be the place of one of the goals, from 0")
        session.add(
            Action(
                team_id=plan.team_id,
                plan_id=plan.id,
                goal_id=goals[each.goal].id if each.goal is not None else None,
                position=place,
                whose=each.whose,
                by_when=each.by_when,
                what=each.what,
            )
        )


async def edit(session: AsyncSession, case: Case, plan: Plan, changes: dict[str, Any]) -> None:
    """Change phase, cadence or template of a locked plan; clocks whose rule changed are reset."""
    now = clock.now()
    before = (plan.phase, plan.cadence_days)
    for name, value in changes.items():
        setattr(plan, name, value)
    anew: set[str] = set()
    if plan.phase != before[0]:
        plan.phase_since = now
        anew |= {"phase", "review"}
        await tasks.close(session, Task.plan_id == plan.id, Task.kind == "phase_ends", why="phase_changed")
    if plan.phase != ATTEMPT_PHASE:
        plan.attempted_from = None
    if (plan.phase, plan.cadence_days) != before and plan.stage == "open":
        anew.add("contact")
    if anew and plan.stage != "stopped":
        await clocks.set_anew(session, plan, anew, now)
    # After a death, and while nobody works with the person, the case keeps its stage.
    if case.died_at is None and case.stage != "waiting":
        await cases.follow_plan(session, case, stage_of_plan(plan.template, plan.phase), now)
    await touched(session, plan, "edited", now)


async def add_goal(session: AsyncSession, plan: Plan, words: str) -> Goal:
    """Add a goal to a locked plan."""
    count = await session.scalar(select(func.count()).select_from(Goal).where(Goal.plan_id == plan.id))
    goal = Goal(team_id=plan.team_id, plan_id=plan.id, position=count or 0, words=words)
    session.add(goal)
    await touched(session, plan, "goal_added", clock.now())
    return goal


async def add_action(
    session: AsyncSession, plan: Plan, *, what: str, whose: str, by_when: Any, goal_id: UUID | None
) -> Action:
    """Add an action to a locked plan; raise 422 when the goal is not of this plan."""
    if goal_id is not None:
        goal = await session.get(Goal, goal_id)
        if goal is None or goal.plan_id != plan.id:
            raise invalid("goal_id", "unknown", "must be a goal of this plan")
    count = await session.scalar(select(func.count()).select_from(Action).where(Action.plan_id == plan.id))
    action = Action(
        team_id=plan.team_id,
        plan_id=plan.id,
        goal_id=goal_id,
        position=count or 0,
        whose=whose,
        by_when=by_when,
        what=what,
    )
    session.add(action)
    await touched(session, plan, "action_added", clock.now())
    return action


async def tick(session: AsyncSession, plan: Plan, action_id: UUID, *, done: bool) -> Action:
    """Mark an action of a locked plan as done or not done; idempotent. Raise 404 when it is not of this plan."""
    action = await session.get(Action, action_id)
    if action is None or action.plan_id != plan.id:
        raise not_found()
    if done != (action.done_at is not None):
        now = clock.now()
        action.done_at = now if done else None
        await touched(session, plan, "action_done" if done else "action_not_done", now)
    return action


async def change_pause(session: AsyncSession, plan: Plan, until: datetime | None) -> None:
    """Set the end of a locked plan's pause (None: unknown); raise 409 when it is not paused."""
    hold = await clocks.hold_of(session, plan)
    if hold is None:
        raise conflict("It is not paused.", rule="not_paused")
    await pausing.change_end(session, plan, hold, until, by=actor_of(session).user_id)


async def touched(session: AsyncSession, plan: Plan, what: str, now: datetime) -> None:
    """Record that somebody worked on the plan: raise its version and emit the change."""
    plan.touch()
    plan.set_last_action(what, actor_of(session).user_id, now)
    await session.flush()
    await emit_changed(session, plan, what, now)


async def view(session: AsyncSession, plan: Plan) -> PlanView:
    """Return the full view of one plan."""
    await session.flush()
    case = await visible(session, Case, plan.case_id)
    hold = await clocks.hold_of(session, plan)
    goals = await session.scalars(select(Goal).where(Goal.plan_id == plan.id).order_by(Goal.position))
    actions = await session.scalars(select(Action).where(Action.plan_id == plan.id).order_by(Action.position))
    steps = list(
        await session.scalars(
            select(PlanStep).where(PlanStep.plan_id == plan.id, PlanStep.outcome != "void").order_by(PlanStep.at)
        )
    )
    fields = {name: getattr(plan, name) for name in PlanView.model_fields if hasattr(plan, name)}
    days = cadence(plan.phase, plan.cadence_days).days
    return PlanView.model_validate(
        {
            **fields,
            "worker_id": case.worker_id,
            "case_stage": case.stage,
            "cadence_days": days,
            "agreed_cadence_days": plan.cadence_days,
            "contact_due_at": contact_due_at(plan),
            "hold": HoldView.model_validate(hold) if hold else None,
            "goals": list(goals),
            "actions": list(actions),
            "steps": steps,
            "next_at": min((step.at for step in steps if step.outcome == "planned"), default=None),
        }
    )


def previewed(phase: str, cadence_days: int | None, started_at: datetime) -> list[tuple[datetime, str]]:
    """Return the dates of contacts, reviews and forms of a plan that would start at `started_at`."""
    facts = Facts(
        phase=phase,
        cadence_days=cadence_days,
        started_at=started_at,
        phase_since=started_at,
        seen_from=started_at,
        sighted_from=started_at,
        reviewed_at=started_at,
    )
    return preview(facts, started_at)
