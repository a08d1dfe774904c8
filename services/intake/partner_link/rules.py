"""Links between two people's files: what may be known in which direction."""

from enum import StrEnum


class Knows(StrEnum):
    """Whose worker may know of the link."""

    NOBODY = "nobody"
    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
