"""The current state of a plan: the view for its workflow, and its row on the board."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.plan.clocks import facts_of
from services.casework.plan.models import Plan, PlanStep
from services.casework.plan.rules import ladder
from shared.practice.cadence import cadence, contact_due
from shared.practice.explain import LastHuman, WaitFacts, explain
from shared.practice.ladder_engine import FIRED, PLANNED, Step, wake_at
from workflows.contracts import Ahead, BoardRow, Explanation, View

_AHEAD = 8
_SAID_BY_CASE = ("waiting", "lost_contact", "said_no", "closed")


@dataclass(frozen=True)
class Standing:
    """A plan with everything its view is made of, read in one snapshot."""

    plan: Plan
    case: Case
    hold: Hold | None
    steps: Sequence[Step]  # still planned
    level: int  # not-seen steps fired since the person was last seen


_PLANNED = PlanStep.outcome == PLANNED
_FIRED = and_(PlanStep.clock == "contact", PlanStep.outcome == FIRED, PlanStep.stage_entry >= Plan.contact_entry)
_STEPS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                func.jsonb_build_array(
                    PlanStep.clock, PlanStep.action, PlanStep.occurrence, PlanStep.at, PlanStep.outcome
                )
            ),
            func.jsonb_build_array(),
        )
    )
    .where(PlanStep.plan_id == Plan.id, or_(_PLANNED, _FIRED))
    .correlate(Plan)
    .scalar_subquery()
)
_ALL = (
    select(Plan, Case, Hold, _STEPS)
    .join(Case, Case.id == Plan.case_id)
    .outerjoin(Hold, Hold.id == Plan.hold_id)
    .execution_options(populate_existing=True)
)


async def standing(session: AsyncSession, plan_id: UUID) -> Standing | None:
    """Read a plan's standing in one statement, so that no half of a change is seen and no lock is needed."""
    await session.flush()
    row = (await session.execute(_ALL.where(Plan.id == plan_id))).one_or_none()
    if row is None:
        return None
    plan, case, hold, found = row
    steps = [Step(c, a, n, datetime.fromisoformat(at)) for c, a, n, at, outcome in found if outcome == PLANNED]
    return Standing(plan, case, hold, steps, level=sum(each[4] == FIRED for each in found))


def view(now_standing: Standing) -> View:
    """Return the view that the workflow waits on. `wake_at` is the next step's instant with the plan's own spread."""
    plan = now_standing.plan
    ended = plan.stage == "closed"
    coming = None if ended else ladder(facts_of(plan, now_standing.hold)).next_step(now_standing.steps, ())
    return View(
        revision=plan.version,
        stage_entry=plan.stage_entry,
        row=_row(now_standing, coming),
        wake_at=wake_at(coming, plan.id) if coming else None,
        next_action=coming.action if coming else "",
        ended=ended,
    )


def _row(s: Standing, coming: Step | None) -> BoardRow:
    return BoardRow(
        kind="plan",
        id=str(s.plan.id),
        team_id=str(s.plan.team_id),
        person_id=str(s.plan.person_id),
        case_id=str(s.case.id),
        plan_id=str(s.plan.id),
        stage=s.case.stage,
        paused_until=_paused_until(s),
        explanation=_explanation(s, coming),
        ahead=_ahead(s),
    )


def _paused_until(s: Standing) -> datetime | None:
    """Return the end of the pause, or when the worker is asked next whether it has ended."""
    if s.hold is None:
        return None
    return s.hold.until or min((step.at for step in s.steps if step.clock == "look_again"), default=None)


def _explanation(s: Standing, coming: Step | None) -> Explanation:
    plan, case = s.plan, s.case
    rule = cadence(plan.phase, plan.cadence_days)
    facts = WaitFacts(
        subject="plan",
        state=case.stage if case.stage in _SAID_BY_CASE else plan.phase,
        since=plan.seen_from if plan.stage == "open" else plan.stage_since,
        next_action=coming.action if coming else None,
        next_at=coming.at if coming else None,
        level=s.level,
        last_human=LastHuman(plan.last_human_what, plan.last_human_by, plan.last_human_at),
        hold=s.hold.kind if s.hold else None,
        hold_since=s.hold.began_at if s.hold else None,
        rule=rule.rule(),
        rule_source=rule.source,
    )
    fields: dict[str, Any] = explain(facts).as_fields()
    said = Explanation(**fields)
    if plan.stage == "stopped" and case.died_at is not None:
        return replace(said, waiting_for="a supervisor to close it", who="us", unlocks="closing the plan")
    return said


def _ahead(s: Standing) -> list[Ahead]:
    """Return the next few steps that come by themselves, and the next contact that is due."""
    items = [Ahead(step.at, step.action, step.clock) for step in s.steps]
    if (at := contact_due_at(s.plan)) is not None:
        items.append(Ahead(at, "contact", "contact"))
    return sorted(items, key=lambda item: item.at)[:_AHEAD]


def contact_due_at(plan: Plan) -> datetime | None:
    """Return when the next meeting or call is due; None while no contact is due (paused, stopped, closed)."""
    if plan.stage != "open":
        return None
    counted = max(plan.seen_from, plan.attempted_from or plan.seen_from)
    return contact_due(cadence(plan.phase, plan.cadence_days).days, counted)
