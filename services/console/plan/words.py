"""What plans say in programs, as people say it."""

from typing import Final

PHASES: Final = (
    ("engaging", "Getting to know each other", "One attempt a week (ours)"),
    ("transition", "Transition", "A contact a week, for three months (CTI implementation guide)"),
    ("try_out", "Try-out", "A contact every two weeks, for three months (CTI implementation guide)"),
    ("transfer_of_care", "Transfer of care", "A contact every four weeks, for three months (CTI implementation guide)"),
)
PHASE: Final = {value: label for value, label, _ in PHASES}
WHOSE: Final = {"his": "He does", "worker": "We do", "agency": "The service does", "other": "Somebody else does"}
STAGE: Final = {"open": "Running", "held": "Paused (prison, hospital, away)", "closed": "Closed"}
