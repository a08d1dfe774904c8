"""Safeguarding worries."""

from enum import StrEnum


class About(StrEnum):
    """Whom the worry is about."""

    ADULT = "adult"
    CHILD = "child"


# practice: noticed to lead told, ours.
TELL_LEAD_WITHIN_DAYS = 0
