"""The state of a referral before a move, as the move's line of history stores it. Codes, ids and instants: no words."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referrals.codes import ENDINGS
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position

_PLAIN = ("state", "accepted_before", "ended_reason", "last_move", "walk_in", "ever_sent")
_INSTANTS = ("stage_since", "sent_at")


def of(position: Position) -> dict[str, Any]:
    """Return what a correction needs, read before any of it changes."""
    row, appointment = position.referral, position.appointment
    kept: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    for name in (*_INSTANTS, "question_since"):
        at: datetime | None = getattr(row, name)
        kept[name] = at.isoformat() if at else None
    kept["waitlisted_until"] = row.waitlisted_until.isoformat() if row.waitlisted_until else None
    kept["appointment"] = str(appointment.id) if appointment else None
    return kept


def put_back(row: Referral, kept: dict[str, Any]) -> None:
    """Restore the row's state from before a move.

    A question that was asked or answered since stays so: only an ending had closed the open question.
    """
    instants = (*_INSTANTS, "question_since") if row.state in ENDINGS else _INSTANTS
    for name in _PLAIN:
        setattr(row, name, kept[name])
    for name in instants:
        setattr(row, name, datetime.fromisoformat(kept[name]) if kept[name] else None)
    until = kept["waitlisted_until"]
    row.waitlisted_until = date.fromisoformat(until) if until else None


def appointment_of(kept: dict[str, Any]) -> UUID | None:
    """Return the id of the appointment that was current then."""
    return UUID(kept["appointment"]) if kept["appointment"] else None
