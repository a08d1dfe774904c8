"""Narrow the board to what a figure counts, so that the rows behind a bar are those that were counted."""

from typing import Final, Literal, get_args

from sqlalchemy import ARRAY, ColumnElement, String, any_, bindparam, func, or_, select

from services.casework.board.models import TimelineEntry
from services.casework.board.rows import BOARD
from services.casework.projections.models import KnownReferral
from services.casework.timeline import entries
from shared.db.base import Instant

Reached = Literal["sent", "acknowledged", "accepted", "booked", "attended", "completed"]
WAY: Final[tuple[Reached, ...]] = get_args(Reached)
_BESIDE: Final = {"waitlisted": "acknowledged", "in_treatment": "attended"}
# States may be skipped: a person who attended was in effect accepted, so each state implies those before it.
RANKS: Final[dict[str, int]] = {
    **{state: rank for rank, state in enumerate(WAY)},
    **{state: WAY.index(beside) for state, beside in _BESIDE.items()},
}
NOT_THEIRS_YET: Final = ("draft", "awaiting_consent")
# What was sent and did not arrive is with the agency no more than a draft: it owes no answer.
OWES_NOTHING: Final = (*NOT_THEIRS_YET, "undeliverable")

_B = BOARD.c
came_to: ColumnElement[str] = func.jsonb_extract_path_text(TimelineEntry.detail, "to_state")


def at_least(state: Reached) -> list[str]:
    """Return the states that a referral has which came at least as far as this one."""
    return [each for each, rank in RANKS.items() if rank >= RANKS[state]]


def conditions() -> dict[str, ColumnElement[bool]]:
    """Return the conditions by name; each has a parameter of that name."""
    came = select(TimelineEntry.row_id).where(
        TimelineEntry.team_id == _B.team_id,
        came_to == any_(bindparam("reached", type_=ARRAY(String()))),
        entries.stands(),
    )
    sent = select(KnownReferral.id).where(KnownReferral.sent_at >= bindparam("sent_since", type_=Instant()))
    # As the time to reply counts them: without an answer, what the agency does not have waits for none.
    waits = select(KnownReferral.id).where(
        KnownReferral.sent_at.is_not(None),
        or_(KnownReferral.answered_at.is_not(None), KnownReferral.state.not_in(OWES_NOTHING)),
        KnownReferral.answered_at.is_(None) == bindparam("unanswered"),
    )
    return {"reached": _B.id.in_(came), "sent_since": _B.id.in_(sent), "unanswered": _B.id.in_(waits)}
