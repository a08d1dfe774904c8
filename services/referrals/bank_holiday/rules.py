"""Which day can be a bank holiday beside the built-in ones. Pure."""

from datetime import date, timedelta
from typing import Final

from shared.practice.calendar import built_in

# A day that has passed changes only clocks that still run. Routine clocks last four weeks at most; a step that an older
# day would have delayed has fired by now, and that is not taken back.
LONGEST_AGO: Final = timedelta(days=31)
# No bank holiday is proclaimed earlier, and no clock of ours is longer. A day further ahead is a typing error.
FURTHEST: Final = timedelta(days=731)

_SATURDAY = 5


def why_not(day: date, today: date) -> tuple[str, str] | None:
    """Return the rule that a day breaks and the words for it; None when the day can be added."""
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
    """Return whether the day can still be taken back: as long as it could have been added."""
    return day >= today - LONGEST_AGO
