"""The standing of a referral as the board shows it: one event at the end of each transaction that changes it.

The clocks of a stage are opened first, in the transaction of the fact, so the event is right while the workflow engine
is away.
"""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS, State
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position, load
from services.referrals.referral.setting import set_clocks
from services.referrals.referral.view import board_row
from shared import clock
from shared.db.session import before_commit, cancel_before_commit
from shared.events.board import ReferralStandingChanged, digest
from shared.outbox.emit import emit


def emit_before_commit(session: AsyncSession, referral: Referral, at: datetime) -> None:
    """Have the transaction end with the event of where the referral stands. Its row is locked, and has been touched.

    `at` is when the fact happened.
    """

    async def finish(session: AsyncSession) -> None:
        await emit_standing(session, referral, max(at, clock.now()), referral.version - 1)

    before_commit(session, _key(referral), finish)


async def emit_standing(session: AsyncSession, referral: Referral, now: datetime, version_before: int) -> Position:
    """Open the clocks that are due, emit where the referral stands at `now` if that has changed, and return it.

    `version_before` is the row's version before this transaction: with the time alone the board may say something else
    while the row has not changed, and every event has a version of its own.
    """
    cancel_before_commit(session, _key(referral))
    await session.flush()
    position = await load(session, referral)
    await set_clocks(session, position, now)
    row = board_row(position, now)
    said = asdict(row)
    explanation = said.pop("explanation")
    said |= {**explanation, "row_id": said.pop("id"), "closed": State(referral.state) in ENDINGS}
    said["needs_help"] = None if said["closed"] else referral.needs_help
    found = ReferralStandingChanged.model_validate({**said, "version": referral.version, "occurred_at": now})
    if (new := digest(found)) != referral.standing_digest:
        referral.standing_digest = new
        if referral.version <= version_before:
            found = found.model_copy(update={"version": referral.touch()})
        await emit(session, found, aggregate=referral.id)
    await session.flush()
    return position


def _key(referral: Referral) -> tuple[str, UUID]:
    return ("referral", referral.id)
