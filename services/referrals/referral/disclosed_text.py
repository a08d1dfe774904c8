"""What is written for the agency, until it is sent: afterwards it is kept as it was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import State
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position
from services.referrals.referral.schemas import Told
from services.referrals.referral.transitions import Attribution, append_history
from shared.crypto.opaque import opaque
from shared.events.referrals import ReferralDecided
from shared.http.problems import conflict
from shared.practice.disclosure_parts import Data, parts

# Kept beside what is disclosed and never shown to the agency: the kinds of data in the free text.
ABOUT = "about"
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
    row.set_last_action("changed what is told", act.by, act.at)
    await emit_event(session, row, ReferralDecided, act.at, decision="told_changed", by=act.by)
    append_history(session, row, "told_changed", act)


def disclosed_items(referral: Referral, request_id: str) -> list[str]:
    """Return the parts of what is disclosed to the agency, for intake alone to read in this request."""
    told: dict[str, Any] = referral.told or {}
    found = parts((name for name in told if name != ABOUT), told.get(ABOUT) or ())
    return [opaque(part, request_id) for part in found]
