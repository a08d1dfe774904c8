"""The standing of a referral as the board shows it: one event at the end of each transaction that changes it.

The clocks of a stage are opened first, in the transaction of the fact, so the event is right while the workflow engine
is away.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.clocks import set_clocks
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position, load
from services.referrals.referral.state_view import board_row
from shared import clock
from shared.db.session import before_commit, cancel_before_commit
from shared.standing import emit_if_changed


def emit_before_commit(session: AsyncSession, referral: Referral, at: datetime) -> None:
    """Have the transaction end with the event of where the referral stands. Its row is locked, and has been touched.

    `at` is when the fact happened.
    """

    async def finish(session: AsyncSession) -> None:
        await emit_standing(session, referral, max(at, clock.now()), referral.version - 1)

    before_commit(session, _key(referral), finish)


async def emit_standing(session: AsyncSession, referral: Referral, now: datetime, version_before: int) -> Position:
    """Open the clocks that are due, emit where the referral stands at `now` if that has changed, and return it.

    `version_before` is the row's version before this transaction.
    """
    cancel_before_commit(session, _key(referral))
    await session.flush()
    position = await load(session, referral)
    await set_clocks(session, position, now)
    await emit_if_changed(session, referral, board_row(position, now), version_before)
    await session.flush()
    return position


def _key(referral: Referral) -> tuple[str, UUID]:
    return ("referral", referral.id)
