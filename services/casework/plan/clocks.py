"""The clocks of a plan as rows: set, void and read them. The caller holds the lock on the plan."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.hold.models import Hold
from services.casework.plan import rules
from services.casework.plan.models import Plan, PlanStep
from services.casework.plan.rules import Facts
from shared.practice.cadence import CONTACT
from shared.practice.ladder_engine import PLANNED, VOID, Step, voided


def facts_of(plan: Plan, hold: Hold | None) -> Facts:
    """Return the facts of a plan and its pause, as `plan.rules` needs them."""
    return Facts(
        phase=plan.phase,
        cadence_days=plan.cadence_days,
        started_at=plan.started_at,
        phase_since=plan.phase_since,
        seen_from=plan.seen_from,
        sighted_from=plan.sighted_from,
        met=plan.met,
        attempted_from=plan.attempted_from,
        reviewed_at=plan.reviewed_at,
        outcomes_done=plan.outcomes_done,
        watch_until=plan.watch_until,
        hold_kind=hold.kind if hold else None,
        hold_began=hold.began_at if hold else None,
        hold_until=hold.until if hold else None,
        hold_contact_at=plan.hold_contact_at,
    )


async def hold_of(session: AsyncSession, plan: Plan) -> Hold | None:
    """Return the current pause of the plan, if it is paused."""
    return await session.get(Hold, plan.hold_id) if plan.hold_id else None


async def planned(session: AsyncSession, plan: Plan) -> list[PlanStep]:
    """Return the steps that are still planned, in order of time."""
    found = await session.scalars(
        select(PlanStep).where(PlanStep.plan_id == plan.id, PlanStep.outcome == PLANNED).order_by(PlanStep.at)
    )
    return list(found)


async def set_anew(
    session: AsyncSession,
    plan: Plan,
    clocks: Collection[str],
    now: datetime,
    *,
    void: Collection[str] = (),
    only: Collection[str] | None = None,
) -> None:
    """Void the planned steps of these clocks and of those in `void`, and open the former in a new stage entry.

    `only` names actions: other steps of these clocks stay unchanged.
    """
    await void_steps(session, plan, {*clocks, *void}, now, only=only)
    plan.stage_entry += 1
    if CONTACT in clocks and only is None:
        plan.contact_entry = plan.stage_entry
    hold = await hold_of(session, plan)
    for step in rules.open_clocks(facts_of(plan, hold), clocks, now):
        if only is None or step.action in only:
            add(session, plan, step, plan.stage_entry)


async def void_steps(
    session: AsyncSession,
    plan: Plan,
    clocks: Collection[str] | None,
    now: datetime,
    *,
    only: Collection[str] | None = None,
) -> None:
    """Void the planned steps of these clocks (None: of all), so that they never fire. `only` names actions."""
    rows = {row.step().key: row for row in await planned(session, plan)}
    for key in voided((row.step() for row in rows.values()), (), clocks, only):
        rows[key].outcome, rows[key].settled_at = VOID, now


def add(session: AsyncSession, plan: Plan, step: Step, stage_entry: int) -> PlanStep:
    """Add the row of a step whose clock was opened in `stage_entry`."""
    row = PlanStep(
        team_id=plan.team_id,
        plan_id=plan.id,
        stage_entry=stage_entry,
        clock=step.clock,
        action=step.action,
        occurrence=step.occurrence,
        at=step.at,
        outcome=PLANNED,
    )
    session.add(row)
    return row
