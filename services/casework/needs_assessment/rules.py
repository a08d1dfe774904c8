"""The ten domains of our own needs grid (ours, 1 best to 5 worst by a worker's judgement): pure."""

from collections.abc import Collection
from typing import Final, Literal, get_args

Domain = Literal[
    "accommodation",
    "physical_health",
    "infection_screening_and_vaccination",
    "drugs",
    "alcohol",
    "mental_wellbeing",
    "money_and_benefits",
    "legal_matters_and_entitlements",
    "relationships_and_safety",
    "time_work_and_purpose",
]
DOMAINS: Final[tuple[Domain, ...]] = get_args(Domain)


def whole(given: Collection[str]) -> bool:
    """Return whether every domain was assessed."""
    return all(domain in given for domain in DOMAINS)
