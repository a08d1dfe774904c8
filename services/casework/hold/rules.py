"""The kinds of hold and how a hold ends: pure. What each kind pauses is in `shared.practice`."""

from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from shared.practice.cadence import hold
from shared.practice.calendar import end_of_hours

Kind = Literal["custody", "hospital", "away"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)

# The recurring task of the worker during a hold, by kind.
CONTACT_TASK: Final = {"custody": "prison_contact", "hospital": "ward_visit"}
WHILE_TASKS: Final = frozenset({"prison_contact", "ward_visit", "ask_release_date", "look_again", "check_return"})
# Tasks that ask whether the hold is over, or until when it lasts: answered together.
ASKED_TASKS: Final = frozenset({"ask_release_date", "look_again", "check_return"})
# Tasks of the day on which a hold ends: each is done by itself.
END_TASKS: Final = frozenset(
    {"see_after_release", "first_day_back", "check_naloxone", "check_prescription", "check_bed"}
)


def due_of(kind: str, task: str, ended: date) -> datetime:
    """Return when a task of the end is due: the meeting that day or the next, all others on the day itself."""
    rule = hold(kind)
    return end_of_hours(ended + timedelta(days=rule.seen_within_days if task in rule.when_it_ends else 0))


def ended_by_contact(hold_kind: str, contact: str) -> bool:
    """Return whether this contact ends the hold by itself: only where nobody could have gone to the person meanwhile.

    A person in prison or hospital is met there, and a sighting may be of somebody else: then the worker is asked.
    """
    return contact in ("met", "sighted") and hold(hold_kind).sighting_ends_it
