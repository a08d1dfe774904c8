"""What the workflow of a plan may ask: where it stands, to take what is due, to carry out a decision."""

from uuid import UUID

from temporalio import activity

from services.casework.plan import deciding, stepping
from services.casework.plan.standing import standing, view
from shared.context import Actor
from shared.http.state import Services
from shared.temporal.activities import refuse
from workflows import contracts
from workflows.contracts import Climb, Decision, DecisionAnswer, Look, View


class PlanActivities:
    """Each is one transaction, and harmless when repeated."""

    def __init__(self, services: Services) -> None:
        self._work = services.work

    @activity.defn(name=contracts.OPEN_PLAN_STAGE)
    async def open_plan_stage(self, look: Look) -> View:
        """Where the plan stands. Its instants were written with the fact that set its clocks."""
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await standing(session, _id(look.id))
            return view(found) if found else refuse("there is no such plan")

    @activity.defn(name=contracts.TAKE_PLAN_STEP)
    async def take_plan_step(self, climb: Climb) -> View:
        """Take what is due at `climb.now`, on locked rows: after a contact or decision there may be nothing."""
        plan_id = _id(climb.id)
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await stepping.locked(session, plan_id)
            if found is None:
                refuse("there is no such plan")
            await stepping.take_due(session, *found, climb.now)
            now_standing = await standing(session, plan_id)
            return view(now_standing) if now_standing else refuse("there is no such plan")

    @activity.defn(name=contracts.RECORD_PLAN_DECISION)
    async def record_plan_decision(self, decision: Decision) -> DecisionAnswer:
        """Carry a decision out once; asked again, the same answer with the plan as it stands now."""
        plan_id = _id(decision.id)
        async with self._work.transaction(Actor.service("casework")) as session:
            await deciding.decide(session, decision, plan_id)
            answer = await deciding.answer_to(session, decision.decision_id)
            now_standing = await standing(session, plan_id)
            if answer is None or now_standing is None:
                refuse("there is no such plan")
            return DecisionAnswer(answer.done, answer.why, view(now_standing))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse("the id is not a plan's")
