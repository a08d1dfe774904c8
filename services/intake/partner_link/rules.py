"""Rules of links between two people's files: who may know of a link."""

from enum import StrEnum


class Knows(StrEnum):
    """The workers who may know of a link."""

    NOBODY = "nobody"
    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
