"""A decision about a plan: the engine first, the row that remembers the words second."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from services.casework.member import service as members
from services.casework.plan import deciding, service
from services.casework.plan.models import Plan
from services.casework.plan.schemas import DecisionView
from shared import clock
from shared.context import correlation
from shared.db.session import actor_of
from shared.http.decide import decide
from shared.http.once import OnceOnly
from shared.http.problems import conflict
from workflows.contracts import Decision, DecisionAnswer, plan_workflow_id


async def through_engine(
    session: AsyncSession,
    client: Client,
    once: OnceOnly,
    plan: Plan,
    kind: str,
    *,
    note: str | None,
    reason: str | None = None,
    until: datetime | None = None,
    worker_id: str | None = None,
) -> DecisionView:
    """Ask the plan's workflow to decide and answer with what became of it; 409 with the reason when it did not.

    What was decided before under the same key is answered from our own rows: the engine forgets ended workflows.
    """
    key = once.decision_id
    known = await deciding.answer_to(session, key)
    if known is not None:
        done, why = known.done, known.why
    else:
        if plan.stage == "closed":
            raise conflict("The plan is closed.", rule="closed")
        if worker_id is not None:
            await members.check(session, plan.team_id, worker_id, field="worker_id")
        decision = Decision(
            id=str(plan.id),
            decision_id=key,
            kind=kind,
            by=actor_of(session).user_id,
            at=clock.now(),
            until=until,
            reason=reason,
            worker_id=worker_id,
            correlation_id=correlation(),
        )
        answer = await decide(client, plan_workflow_id(plan.id), kind, decision, key, DecisionAnswer)
        done, why = answer.done, answer.why
    if not done:
        raise conflict(why, rule="not_done")
    await service.note(session, plan.id, plan.team_id, key, kind, note)
    return DecisionView(done=True, why=why, plan=await service.view(session, await service.visible(session, plan.id)))
