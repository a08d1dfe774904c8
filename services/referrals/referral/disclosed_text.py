"""What is written for the agency, until it is sent: afterwards it is kept as it was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import State
from services.referrals.referral.position import Position
from services.referrals.referral.schemas import Told
from services.referrals.referral.telling import ABOUT, tell
from services.referrals.referral.transitions import Attribution, append_history
from shared.events.referrals import ReferralDecided
from shared.http.problems import conflict
from shared.practice.disclosure_parts import Data

_UNSENT = frozenset({State.DRAFT, State.AWAITING_CONSENT})


def written(told: Told, about: Sequence[Data]) -> dict[str, Any]:
    """Return what is stored: the fields that hold something, and the kinds of data in the free text."""
    kinds = {ABOUT: list(dict.fromkeys(map(str, about)))} if about else {}
    return {**told.model_dump(mode="json", exclude_none=True), **kinds}


async def rewrite(
    session: AsyncSession, position: Position, told: Told, about: Sequence[Data], act: Attribution
) -> None:
    """Rewrite what is disclosed, on a locked referral.

    Raise 409 once it was approved or sent, and for a walk-in, which discloses nothing.
    """
    row = position.referral
    if row.walk_in:
        raise conflict("A walk-in shares nothing with the service.", rule="walk_in")
    if State(row.state) not in _UNSENT or row.send_request is not None:
        raise conflict("It was sent or approved already, and is kept as it was.", rule="sent")
    row.told = written(told, about)
    row.last_human_what, row.last_human_by, row.last_human_at = "changed what is told", act.by, act.at
    await tell(session, row, ReferralDecided, act.at, decision="told_changed", by=act.by)
    append_history(session, row, "told_changed", act)
