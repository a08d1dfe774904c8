"""Routes of next steps."""

from typing import Literal
from uuid import UUID

from services.casework.next_step import service
from services.casework.next_step.models import NextStep
from services.casework.next_step.schemas import NextStepRecord, NextStepView
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.problems import conflict
from shared.http.routes import Routes

routes = Routes("/next-steps")


@routes.get("", allow="next_step.read")
async def list_next_steps(
    session: Tx,
    paging: Paging,
    status: Literal["open", "recorded", "closed"] = "open",
    case_id: UUID | None = None,
    referral_id: UUID | None = None,
) -> PageView[NextStepView]:
    """List next steps of the reader's teams, the most pressing first."""
    found = await service.listed(session, paging, status=status, case_id=case_id, referral_id=referral_id)
    return PageView(items=[service.view(step) for step in found.items], next_cursor=found.next_cursor)


@routes.post("/{step_id}/record", allow="next_step.record", status_code=200)
async def record(step_id: UUID, body: NextStepRecord, session: Tx, once: Once) -> NextStepView:
    """Record what is done instead; only that takes the step off the board."""
    await visible(session, NextStep, step_id)

    async def act() -> NextStepView:
        step = await visible(session, NextStep, step_id, lock=True)
        if step.status != "open":
            raise conflict("It is no longer owed.", rule=step.status)
        await service.record(session, step, body.what)
        return service.view(step)

    return await once(body, act, status=200)
