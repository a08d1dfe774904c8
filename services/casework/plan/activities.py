"""What the workflow of a plan may ask: where it stands, and to take what is due."""

from uuid import UUID

from temporalio import activity

from services.casework.plan import stepping
from services.casework.plan.standing import standing, view
from shared.context import Actor
from shared.http.state import Services
from shared.temporal.activities import refuse
from workflows import contracts
from workflows.contracts import Climb, Look, View


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


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse("the id is not a plan's")
