"""The ten domains of our own needs grid (ours, 1 best to 5 worst by a worker's judgement): pure."""

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


def missing(given: set[Domain]) -> list[Domain]:
    """The domains that an assessment leaves out, in their order."""
    return [domain for domain in DOMAINS if domain not in given]
