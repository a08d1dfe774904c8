"""Running the due steps of a plan: each is recorded once, with its tasks."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.hold.rules import CONTACT_TASK
from services.casework.plan import clocks, release, rules
from services.casework.plan.events import emit_event
from services.casework.plan.models import Plan
from services.casework.projections.referrals import open_referrals
from services.casework.task import service as tasks
from shared.db.session import after_commit
from shared.events.casework import PlanStepTaken
from shared.metrics import counted
from shared.practice.cadence import hold as hold_rule
from shared.practice.calendar import local_day
from shared.practice.ladder_engine import FIRED, OVERTAKEN, Step

# The step of a pause would reveal whether the person is in prison; an event must not.
_PAUSE_STEPS = {"ask_weekly": "look_again", "hold_contact": "look_again", "hold_eve": "hold_end"}


async def locked(session: AsyncSession, plan_id: UUID) -> tuple[Case, Plan] | None:
    """Lock and return the case and the plan, in that order; None when there is no such plan."""
    case_id = await session.scalar(select(Plan.case_id).where(Plan.id == plan_id))
    if case_id is None:
        return None
    again = {"populate_existing": True}
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update().execution_options(**again))
    plan = await session.scalar(select(Plan).where(Plan.id == plan_id).with_for_update().execution_options(**again))
    return (case, plan) if case and plan else None


async def run_due(session: AsyncSession, case: Case, plan: Plan, now: datetime) -> None:
    """Fire the highest due step of each clock. Only planned rows count: voided steps are not read."""
    if plan.stage in ("closed", "stopped"):
        return
    rows = {row.step().key: row for row in await clocks.planned(session, plan)}
    hold = await clocks.hold_of(session, plan)
    due = rules.ladder(clocks.facts_of(plan, hold)).due([row.step() for row in rows.values()], (), now)
    if not due.fire:
        return
    entries = {(row.clock, row.action): row.stage_entry for row in rows.values()}
    for step in due.added:
        rows[step.key] = clocks.add(session, plan, step, entries[step.clock, step.action])
    plan.touch()
    for outcome, steps in ((OVERTAKEN, due.overtaken), (FIRED, due.fire)):
        for step in steps:
            rows[step.key].outcome, rows[step.key].settled_at = outcome, now
            if step.clock == "outcome":
                plan.outcomes_done = step.occurrence
            await _record(session, plan, step, outcome, now, due.by.get(step.key))
    for step in due.fire:
        after_commit(session, partial(counted.step, "plan", (now - step.at).total_seconds()))
        await _carry_out(session, case, plan, hold, step, now)
    await session.flush()


async def _record(session: AsyncSession, plan: Plan, step: Step, outcome: str, now: datetime, by: Step | None) -> None:
    name = _PAUSE_STEPS.get(step.action, step.action)
    await emit_event(
        session,
        plan,
        PlanStepTaken,
        now,
        f"step_{outcome}",
        facts={"step": name, "occurrence": step.occurrence, "outcome": outcome},
        who="system",
        action=step.action,
        clock=step.clock,
        stood_at=step.at.isoformat(),
        overtaken_by=by.action if by else None,
    )


async def _carry_out(
    session: AsyncSession, case: Case, plan: Plan, hold: Hold | None, step: Step, now: datetime
) -> None:
    about = tasks.about_case(case, plan)
    if hold is not None and hold.until is not None and step.action in ("hold_eve", "hold_end"):
        rule = hold_rule(hold.kind)
        owed = rule.prepare if step.action == "hold_eve" else (*rule.when_it_ends, *rule.prepare)
        await release.ask_for(session, case, plan, hold, owed, local_day(hold.until), now)
        if step.action == "hold_end":
            plan.watch_until = rules.watched_until(clocks.facts_of(plan, hold))
            await clocks.set_anew(session, plan, ("watch",), now)
    kinds = rules.TASKS.get(step.action, ())
    if step.action == "hold_contact" and hold is not None:
        kinds = (CONTACT_TASK[hold.kind],)
    for kind in kinds:
        await tasks.open_task(session, kind, task_key(kind, plan), about, at=now)
    if step.action == "lost_contact":
        await cases.move(session, case, "lost_contact", now)
        await _ask_about_referrals(session, about, now)


async def _ask_about_referrals(session: AsyncSession, about: tasks.About, now: datetime) -> None:
    """Open a task for each open referral: keep, postpone or withdraw it."""
    for referral in await open_referrals(session, about.team_id, about.person_id):
        each = replace(about, referral_id=referral.id)
        await tasks.open_task(session, "keep_postpone_withdraw", f"keep_postpone_withdraw:{referral.id}", each, at=now)


def task_key(kind: str, plan: Plan) -> str:
    """Return the key that allows one open task of a kind per plan: a repeated step adds no second one."""
    return f"{kind}:{plan.id}"
