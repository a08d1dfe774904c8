"""The words for the codes of plans."""

from typing import Final

PHASES: Final = (
    ("engaging", "Getting to know each other", "One attempt a week (ours)"),
    ("transition", "Transition", "A contact a week, for three months (CTI implementation guide)"),
    ("try_out", "Try-out", "A contact every two weeks, for three months (CTI implementation guide)"),
    ("transfer_of_care", "Transfer of care", "A contact every four weeks, for three months (CTI implementation guide)"),
)
PHASE: Final = {value: label for value, label, _ in PHASES}
WHOSE: Final = {"person": "They do", "worker": "We do", "agency": "The service does", "other": "Somebody else does"}
STAGE: Final = {"open": "Running", "held": "Paused (prison, hospital, away)", "closed": "Closed"}

# A pause by its kind: its name, the question, and the possible answers.
PAUSED: Final = {"custody": "in prison", "hospital": "in hospital", "away": "away"}
STILL: Final = {"custody": "Still in prison?", "hospital": "Still in hospital?", "away": "Still away?"}
STANDS: Final = {
    "custody": (
        ("ended", "Out of prison", "Seeing the person, naloxone, prescription and bed are asked for at once"),
        ("until", "Still there, and the release date is known", "We ask for the same the day before and on the day"),
        ("unknown", "Still there, no date yet", "We ask again in a week"),
    ),
    "hospital": (
        ("ended", "Out of hospital", "Seeing the person, naloxone, prescription and bed are asked for at once"),
        ("until", "Still there, and the day they leave is known", "We ask for the same the day before and on the day"),
        ("unknown", "Still there, no date yet", "We ask again in a week"),
    ),
    "away": (
        ("ended", "Back", "Seeing the person is asked for at once"),
        ("until", "Still away, and the day they come back is known", "We ask to see the person that day"),
        ("unknown", "Still away, no date yet", "We ask again in a week"),
    ),
}
