"""What may be said of an appointment, and when. Pure.

Nothing becomes of an appointment before its day, and none is made for a day that has passed, unless whoever says so has
been asked and means it.
"""

from dataclasses import dataclass
from datetime import datetime

from services.referrals.referral.rules import ABOUT_ATTENDANCE, Answer
from services.referrals.referral.words import MissKind, Move
from shared.practice.calendar import local_day

# The service waited for the person: nobody knows that before the hour. A service that cancels, or a person who is in
# hospital, is known beforehand.
_KNOWN_AFTERWARDS = frozenset({MissKind.DID_NOT_COME, MissKind.TURNED_AWAY})


@dataclass(frozen=True)
class Early:
    """An outcome before its time. `may_confirm`: it is possible all the same, such as a visit on an earlier day."""

    rule: str
    may_confirm: bool


def early(answer: Answer, appointment_at: datetime | None, at: datetime) -> Early | None:
    """Whether an outcome that is said to have happened `at` comes before the appointment that stands."""
    if appointment_at is None or answer.move not in ABOUT_ATTENDANCE:
        return None
    if answer.move is Move.MISS:
        if answer.miss_kind in _KNOWN_AFTERWARDS and at < appointment_at:
            return Early("before_its_hour", may_confirm=False)
        return None
    return Early("before_its_day", may_confirm=True) if local_day(at) < local_day(appointment_at) else None


def meant_year(appointment_at: datetime, now: datetime) -> int | None:
    """The year that somebody who gave a day in the past may have meant: the next in which that day is still to come."""
    for year in range(appointment_at.year + 1, now.year + 2):
        try:
            if appointment_at.replace(year=year) > now:
                return year
        except ValueError:  # 29 February
            continue
    return None
