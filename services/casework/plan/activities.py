"""Activities of a plan's workflow: refresh its view, and run its due steps."""

from uuid import UUID

from temporalio import activity

from services.casework.plan import steps
from services.casework.plan.standing import standing, view
from shared.context import Actor
from shared.http.state import Services
from shared.temporal.activities import refuse
from workflows import contracts
from workflows.contracts import Refresh, RunDueSteps, View


class PlanActivities:
    """Activities that plan workflows call. Each is one transaction and idempotent."""

    def __init__(self, services: Services) -> None:
        self._work = services.work

    @activity.defn(name=contracts.REFRESH_PLAN)
    async def refresh_plan(self, request: Refresh) -> View:
        """Return the plan's current view. Its instants were written with the fact that set its clocks."""
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await standing(session, _id(request.id))
            return view(found) if found else refuse("there is no such plan")

    @activity.defn(name=contracts.RUN_DUE_PLAN_STEPS)
    async def run_due_plan_steps(self, request: RunDueSteps) -> View:
        """Run the steps due at `request.now`, on locked rows: a contact or decision may have voided all of them."""
        plan_id = _id(request.id)
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await steps.locked(session, plan_id)
            if found is None:
                refuse("there is no such plan")
            await steps.run_due(session, *found, request.now)
            now_standing = await standing(session, plan_id)
            return view(now_standing) if now_standing else refuse("there is no such plan")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse("the id is not a plan's")
