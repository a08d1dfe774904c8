"""What is counted and never recorded of anybody: living without papers, or in a building without permission."""

from enum import StrEnum

SMALL = 7
ROUND_TO = 5


class Kind(StrEnum):
    """The two counts."""

    WITHOUT_PAPERS = "without_papers"
    BUILDING_WITHOUT_PERMISSION = "building_without_permission"


def published(count: int) -> int | None:
    """A count as it may leave the team: None for 1 to 7 (shown as *), otherwise rounded to 5 (trust: statistics)."""
    if count == 0:
        return 0
    return None if count <= SMALL else round(count / ROUND_TO) * ROUND_TO
