"""Which day can be a bank holiday beside those that are known. Pure."""

from datetime import date, timedelta
from typing import Final

from shared.practice.calendar import built_in

# A day that has passed changes only what still runs. Routine clocks last four weeks at most; what ran over an older
# day has fired by now, and that is not taken back.
LONGEST_AGO: Final = timedelta(days=31)
# Nothing is proclaimed earlier, and no clock of ours is longer. A day further ahead is a slip of the hand.
FURTHEST: Final = timedelta(days=731)

_SATURDAY = 5


def why_not(day: date, today: date) -> tuple[str, str] | None:
    """The rule that a day breaks and the words for it; None when it can be added."""
    if day < today - LONGEST_AGO:
        return "too_long_ago", f"must not lie more than {LONGEST_AGO.days} days back: what ran over it has happened"
    if day > today + FURTHEST:
        return "too_far", "must not lie more than two years ahead"
    if day.weekday() >= _SATURDAY:
        return "weekend", "is a Saturday or Sunday: it is no working day already"
    if day in built_in(day.year):
        return "built_in", "is a bank holiday already"
    return None


def may_remove(day: date, today: date) -> bool:
    """Whether it can still be taken back: as long as it could have been added."""
    return day >= today - LONGEST_AGO
