"""The words for the ten domains of the needs assessment and for its scale. The scale is ours."""

from typing import Final

DOMAINS: Final = {
    "accommodation": "Where they sleep",
    "physical_health": "Physical health",
    "infection_screening_and_vaccination": "Infections: tests and vaccines",
    "drugs": "Drugs",
    "alcohol": "Alcohol",
    "mental_wellbeing": "Mental wellbeing",
    "money_and_benefits": "Money and benefits",
    "legal_matters_and_entitlements": "Legal matters, entitlements",
    "relationships_and_safety": "Relationships and safety",
    "time_work_and_purpose": "Time, work and purpose",
}
BEST, WORST = 1, 5
SCORES: Final = (("1", "1 good"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5 bad"), ("", "Leave out"))
SCALE: Final = "1 is good, 5 is bad, by your own judgement (the scale is ours)."
