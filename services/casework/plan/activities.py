"""Activities of a plan's workflow: refresh its view, and run its due steps."""

from uuid import UUID

from temporalio import activity

from services.casework.board import projection
from services.casework.plan import board, steps
from services.casework.plan.standing import view
from shared import clock
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
        plan_id = _id(request.id)
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await steps.locked(session, plan_id)
            if found is None:
                refuse("there is no such plan")
            found[1].needs_help = None
            now_standing = await board.emit_standing(session, found[1], request.now, found[1].version)
            return view(now_standing) if now_standing else refuse("there is no such plan")

    @activity.defn(name=contracts.RUN_DUE_PLAN_STEPS)
    async def run_due_plan_steps(self, request: RunDueSteps) -> View:
        """Run the steps due at `request.now`, on locked rows: a contact or decision may have voided all of them."""
        plan_id = _id(request.id)
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await steps.locked(session, plan_id)
            if found is None:
                refuse("there is no such plan")
            before = found[1].version
            await steps.run_due(session, *found, request.now)
            found[1].needs_help = None
            now_standing = await board.emit_standing(session, found[1], request.now, before)
            return view(now_standing) if now_standing else refuse("there is no such plan")

    async def keep_refused(self, plan_id: str, reason: str) -> None:
        """Keep with the plan why its next step was refused; the board shows it until the step can be taken."""
        async with self._work.transaction(Actor.service("casework")) as session:
            found = await steps.locked(session, UUID(plan_id))
            if found is None:
                # A plan that is not there cannot say so itself.
                await projection.mark(session, UUID(plan_id), reason)
                return
            found[1].needs_help = reason
            await board.emit_standing(session, found[1], clock.now(), found[1].version)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse("the id is not a plan's")
