"""Rules of the counts, never recorded of a person: living without papers, or in a building without permission."""

from enum import StrEnum

SMALL = 7
ROUND_TO = 5


class Kind(StrEnum):
    """The two counts."""

    WITHOUT_PAPERS = "without_papers"
    BUILDING_WITHOUT_PERMISSION = "building_without_permission"


def published(count: int) -> int | None:
    """Return a count for publication: None for 1 to 7 (shown as *), else rounded to 5 (trust: statistics)."""
    if count == 0:
        return 0
    return None if count <= SMALL else round(count / ROUND_TO) * ROUND_TO
