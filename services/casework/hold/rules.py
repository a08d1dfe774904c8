"""What kinds of pause there are and how one ends: pure. The table of what each pauses is `shared.practice`."""

from typing import Final, Literal, get_args

Kind = Literal["custody", "hospital", "away"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)

# What the worker is asked for while it lasts and when it is over, as task kinds.
CONTACT_TASK: Final = {"custody": "prison_contact", "hospital": "ward_visit"}
ASK_WEEKLY_TASK: Final = "ask_release_date"
AFTER_TASK: Final = {"custody": "see_after_release", "hospital": "see_after_release", "away": "first_day_back"}
WHILE_TASKS: Final = frozenset({"prison_contact", "ward_visit", "ask_release_date", "look_again", "is_he_back"})


def tasks_after(hold: str, how: str) -> tuple[str, ...]:
    """What is owed when a pause is over. Ended by a sighting, the worker is also asked; met, nobody needs to be."""
    if how == "met":
        return ()
    asked = ("is_he_back",) if how == "sighted" else ()
    return asked if asked and hold == "away" else (*asked, AFTER_TASK[hold])


def ended_by_contact(hold: str, contact: str) -> bool:
    """Does this contact show that the pause is over? A sighting does; met does unless we go to him (prison, ward)."""
    return contact == "sighted" or (contact == "met" and hold == "away")
