"""Decisions on referrals for another service that a person has asked: on the board, for one (`shared.decisions`)."""

import asyncio
from uuid import UUID

from services.referrals.base import SERVICE
from services.referrals.decision.service import Decision, NotDone, decide
from services.referrals.referral.clocks import set_clocks
from services.referrals.referral.position import load, locked
from services.referrals.referral.state_view import board_row
from shared import asking, clock
from shared.context import Actor, set_correlation
from shared.db.session import Database
from shared.decisions import DECIDE_REFERRAL, DecisionAnswer, DecisionRequest
from shared.http.state import Services

_NOT_THERE = "Not found. It may have moved, or you may not have access."


class DecisionDesk:
    """Carries out requested decisions, each in one transaction on the locked referral."""

    def __init__(self, work: Database) -> None:
        self._work = work

    async def decide(self, request: DecisionRequest) -> DecisionAnswer:
        """Decide once for each decision id. The decision is committed before the answer is sent."""
        set_correlation(request.correlation_id)
        try:
            referral_id, team_id = UUID(request.referral_id), UUID(request.team_id)
            async with self._work.transaction(Actor.service(SERVICE)) as session:
                row = await locked(session, referral_id)
                if row is None or row.team_id != team_id:
                    return DecisionAnswer(False, _NOT_THERE)
                position, now = await load(session, row), clock.now()
                # The decision is about the clocks of the present state.
                await set_clocks(session, position, now)
                why = await decide(session, position, _decision(request))
                await set_clocks(session, position, now)
                row = board_row(position, now)
                return DecisionAnswer(True, why, row.stage, row.who, row.next_step, row.next_at, row.level)
        except NotDone as error:
            return DecisionAnswer(False, error.why)


async def answer_decisions(services: Services) -> None:
    """Answer requests for decisions in the background, until cancelled."""
    desk, nats = DecisionDesk(services.work), await services.until_nats()
    async with asking.answering(nats, DECIDE_REFERRAL, SERVICE, DecisionRequest, desk.decide):
        await asyncio.Event().wait()


def _decision(request: DecisionRequest) -> Decision:
    return Decision(
        request.decision_id,
        request.kind,
        request.by,
        clock.now(),
        request.until,
        request.working_days,
        request.reason,
    )
