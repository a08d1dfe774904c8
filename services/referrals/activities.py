"""Activities of the referral workflow. Each is one transaction on one locked referral and harmless when repeated."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from services.referrals.referral import board
from services.referrals.referral.escalation import steps
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.state_view import view
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.temporal.activities import refuse
from workflows.contracts import OPEN_STAGE, RUN_DUE_STEPS, Refresh, RunDueSteps, View

ACTOR = "referrals"


class ReferralActivities:
    """The activities, bound to the database of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Sequence[Callable[..., Any]]:
        """Return the activities for registration with the Temporal worker."""
        return [self.open_stage, self.run_due_steps]

    @activity.defn(name=OPEN_STAGE)
    async def open_stage(self, request: Refresh) -> View:
        """Open the clocks of a stage that was entered since the last refresh, and return the referral's state."""
        async with self._locked(request.id) as (session, position):
            referral = position.referral
            referral.needs_help = None
            return view(await board.emit_standing(session, referral, request.now, referral.version), request.now)

    @activity.defn(name=RUN_DUE_STEPS)
    async def run_due_steps(self, request: RunDueSteps) -> View:
        """Run the steps that are due and return the referral's state; after an answer no step is due."""
        async with self._locked(request.id) as (session, position):
            referral, before = position.referral, position.referral.version
            await steps.run_due(session, position, request.stage_entry, request.now)
            referral.needs_help = None
            return view(await board.emit_standing(session, referral, request.now, before), request.now)

    async def keep_refused(self, referral_id: str, reason: str) -> None:
        """Keep with the referral why its next step was refused; the board shows it until the step can be taken."""
        async with self._database.transaction(Actor.service(ACTOR)) as session:
            if (row := await locked(session, UUID(referral_id))) is not None:
                row.needs_help = reason
                await board.emit_standing(session, row, clock.now(), row.version)

    @asynccontextmanager
    async def _locked(self, referral_id: str) -> AsyncIterator[tuple[AsyncSession, Position]]:
        async with self._database.transaction(Actor.service(ACTOR)) as session:
            row = await locked(session, UUID(referral_id))
            if row is None:
                refuse("there is no such referral", "id")
            yield session, await load(session, row)
