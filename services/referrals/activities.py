"""What workflows may ask of referrals. Each is one transaction on one locked referral and harmless when repeated."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from services.referrals.decision import service as decisions
from services.referrals.escalation import climbing
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.setting import set_clocks
from services.referrals.referral.view import view
from shared.context import Actor
from shared.db.session import Database
from shared.temporal.activities import refuse
from workflows.contracts import (
    CLIMB_RUNG,
    OPEN_STAGE,
    RECORD_REFERRAL_DECISION,
    Climb,
    Decision,
    DecisionAnswer,
    Look,
    View,
)

ACTOR = "referrals"


class ReferralActivities:
    """The activities, bound to the database of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Sequence[Callable[..., Any]]:
        """For the worker."""
        return [self.open_stage, self.climb_rung, self.record_decision]

    @activity.defn(name=OPEN_STAGE)
    async def open_stage(self, look: Look) -> View:
        """Where it stands; sets the clocks of a stage that was entered since the last look."""
        async with self._locked(look.id) as (session, position):
            return await standing(session, position, look.now)

    @activity.defn(name=CLIMB_RUNG)
    async def climb_rung(self, climb: Climb) -> View:
        """Do what is due; after an answer nothing is."""
        async with self._locked(climb.id) as (session, position):
            await climbing.climb(session, position, climb.stage_entry, climb.now)
            return await standing(session, position, climb.now)

    @activity.defn(name=RECORD_REFERRAL_DECISION)
    async def record_decision(self, decision: Decision) -> DecisionAnswer:
        """A person's decision about the process; once per decision id."""
        if not decisions.known(decision.kind):
            refuse("this is not a decision about a referral", "kind")
        async with self._locked(decision.id) as (session, position):
            # It is about the clocks of the state as it is now.
            await set_clocks(session, position, decision.at)
            outcome = await decisions.decide(session, position, decision)
            return DecisionAnswer(outcome.done, outcome.why, await standing(session, position, decision.at))

    @asynccontextmanager
    async def _locked(self, referral_id: str) -> AsyncIterator[tuple[AsyncSession, Position]]:
        async with self._database.transaction(Actor.service(ACTOR)) as session:
            row = await locked(session, UUID(referral_id))
            if row is None:
                refuse("there is no such referral", "id")
            yield session, await load(session, row)


async def standing(session: AsyncSession, position: Position, now: datetime) -> View:
    """Where it stands, its clocks set.

    Every answer to the workflow has them set: it does not look again for a fact that a view already tells.
    """
    await set_clocks(session, position, now)
    return view(position, now)
