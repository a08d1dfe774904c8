"""Which outcomes of an appointment may be recorded, and when. Pure.

No outcome is recorded before the appointment's day, and no appointment is made for a day that has passed, unless the
author was asked and confirms it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.referrals.codes import ABOUT_ATTENDANCE, MissKind, Move
from shared.practice.calendar import local_day

if TYPE_CHECKING:
    from services.referrals.referral.rules import Answer

# The service waited for the person: nobody knows that before the hour. That a service cancels, or that a person is in
# hospital, is known beforehand.
_KNOWN_AFTERWARDS = frozenset({MissKind.DID_NOT_COME, MissKind.TURNED_AWAY})


@dataclass(frozen=True)
class Early:
    """An outcome before its time. `may_confirm`: it is possible all the same, such as a visit on an earlier day."""

    rule: str
    may_confirm: bool


def early(answer: "Answer", appointment_at: datetime | None, at: datetime) -> Early | None:
    """Return what is wrong with an outcome `at` a time before the current appointment; None when it may be recorded."""
    if appointment_at is None or answer.move not in ABOUT_ATTENDANCE:
        return None
    if answer.move is Move.MISS:
        if answer.miss_kind in _KNOWN_AFTERWARDS and at < appointment_at:
            return Early("before_its_hour", may_confirm=False)
        return None
    return Early("before_its_day", may_confirm=True) if local_day(at) < local_day(appointment_at) else None


def meant_year(appointment_at: datetime, now: datetime) -> int | None:
    """Return the year that may be meant by a day in the past: the next in which that day is still to come, or None."""
    for year in range(appointment_at.year + 1, now.year + 2):
        try:
            if appointment_at.replace(year=year) > now:
                return year
        except ValueError:  # 29 February
            continue
    return None
