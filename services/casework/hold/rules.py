"""What kinds of pause there are and how one ends: pure. The table of what each pauses is `shared.practice`."""

from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from shared.practice.cadence import hold
from shared.practice.calendar import end_of_hours

Kind = Literal["custody", "hospital", "away"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)

# What the worker is asked for while it lasts, as task kinds.
CONTACT_TASK: Final = {"custody": "prison_contact", "hospital": "ward_visit"}
WHILE_TASKS: Final = frozenset({"prison_contact", "ward_visit", "ask_release_date", "look_again", "check_return"})
# They ask whether it is over, or until when it lasts: answered together.
ASKED_TASKS: Final = frozenset({"ask_release_date", "look_again", "check_return"})
# What belongs to the day a pause ends: each is done for itself.
END_TASKS: Final = frozenset(
    {"see_after_release", "first_day_back", "check_naloxone", "check_prescription", "check_bed"}
)


def due_of(kind: str, task: str, ended: date) -> datetime:
    """By when a task of the end is to be done: seen that day or the next, all the rest on the day itself."""
    rule = hold(kind)
    return end_of_hours(ended + timedelta(days=rule.seen_within_days if task in rule.when_it_ends else 0))


def ended_by_contact(hold_kind: str, contact: str) -> bool:
    """Does this contact end the pause by itself? Only where nobody could have gone to the person meanwhile.

    Somebody in prison or hospital is met there, and may be mistaken for another by whoever saw them: then the worker
    is asked.
    """
    return contact in ("met", "sighted") and hold(hold_kind).sighting_ends_it
