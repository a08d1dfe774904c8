"""The standing of a plan as the board shows it: an event, and the row of the board, at the end of each transaction.

Plans and board belong to one service, so the row is written at once, by the projection that takes the referrals' events
too: whoever reads the board after a decision about a plan sees it, also while NATS is away.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.projection import project
from services.casework.plan import standing as standings
from services.casework.plan.models import Plan
from shared import clock
from shared.db.session import before_commit, cancel_before_commit
from shared.standing import emit_if_changed


def emit_before_commit(session: AsyncSession, plan: Plan, at: datetime) -> None:
    """Have the transaction end with the event of where the plan stands. Its row is locked, and has been touched."""

    async def finish(session: AsyncSession) -> None:
        await emit_standing(session, plan, max(at, clock.now()), plan.version - 1)

    before_commit(session, _key(plan), finish)


async def emit_standing(
    session: AsyncSession, plan: Plan, now: datetime, version_before: int
) -> standings.Standing | None:
    """Emit where the plan stands at `now` if that has changed, write its board row, and return it.

    `version_before` is the row's version before this transaction.
    """
    cancel_before_commit(session, _key(plan))
    found = await standings.standing(session, plan.id)
    if found is None:
        return None
    event = await emit_if_changed(session, plan, standings.board_row(found, now), version_before)
    if event is not None:
        await project(session, event)
    return found


def _key(plan: Plan) -> tuple[str, UUID]:
    return ("plan", plan.id)
