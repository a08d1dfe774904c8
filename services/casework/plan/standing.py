"""The current state of a plan: the view for its workflow, and its row on the board."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.plan.clocks import facts_of
from services.casework.plan.models import Plan, PlanStep
from services.casework.plan.rules import ladder
from shared.events.board import PlanStandingChanged, StepAhead
from shared.practice.cadence import cadence, contact_due
from shared.practice.explain import Explanation, WaitFacts, explain
from shared.practice.ladder_engine import FIRED, PLANNED, Step, wake_at
from workflows.contracts import View

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


def view(s: Standing) -> View:
    """Return the view that the workflow waits on. `wake_at` is the next step's instant with the plan's own spread."""
    coming = _coming(s)
    return View(
        revision=s.plan.version,
        stage_entry=s.plan.stage_entry,
        wake_at=wake_at(coming, s.plan.id) if coming else None,
        next_action=coming.action if coming else "",
        ended=s.plan.stage == "closed",
    )


def _coming(s: Standing) -> Step | None:
    return None if s.plan.stage == "closed" else ladder(facts_of(s.plan, s.hold)).next_step(s.steps, ())


def board_row(s: Standing, now: datetime) -> PlanStandingChanged:
    """Return the row of the board: ids, states and words of ours, nothing that names or describes a person."""
    plan, closed = s.plan, s.plan.stage == "closed"
    return PlanStandingChanged(
        version=plan.version,
        occurred_at=now,
        row_id=plan.id,
        team_id=plan.team_id,
        person_id=plan.person_id,
        case_id=s.case.id,
        plan_id=plan.id,
        stage=s.case.stage,
        paused_until=_paused_until(s),
        pause_kind=s.hold.kind if s.hold else None,
        closed=closed,
        needs_help=None if closed else plan.needs_help,
        last_human_what=plan.last_human_what,
        last_human_by=plan.last_human_by,
        last_human_at=plan.last_human_at,
        ahead=_ahead(s),
        due_at=s.hold.until if s.hold else contact_due_at(s.plan),
        **vars(_explanation(s, _coming(s))),
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
        hold=s.hold.kind if s.hold else None,
        hold_since=s.hold.began_at if s.hold else None,
        rule=rule.rule(),
        rule_source=rule.source,
    )
    said = explain(facts)
    if plan.stage == "stopped" and case.died_at is not None:
        return replace(said, waiting_for="a supervisor to close it", who="us", unlocks="closing the plan")
    return said


def _ahead(s: Standing) -> list[StepAhead]:
    """Return the next few steps that come by themselves, and the next contact that is due."""
    items = [StepAhead(at=step.at, action=step.action, clock=step.clock) for step in s.steps]
    if (at := contact_due_at(s.plan)) is not None:
        items.append(StepAhead(at=at, action="contact", clock="contact"))
    return sorted(items, key=lambda item: item.at)[:_AHEAD]


def contact_due_at(plan: Plan) -> datetime | None:
    """Return when the next meeting or call is due; None while no contact is due (paused, stopped, closed)."""
    if plan.stage != "open":
        return None
    counted = max(plan.seen_from, plan.attempted_from or plan.seen_from)
    return contact_due(cadence(plan.phase, plan.cadence_days).days, counted)
