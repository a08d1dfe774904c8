"""The usual course of a referral, in seven stops; each state may also lead to an ending or back. Pure."""

from typing import Final

from services.console.web.words import REFERRAL, many

# The states of the usual course, and the name of each stop.
STOPS: Final = {
    "draft": "Written",
    "sent": "Sent",
    "acknowledged": "Seen",
    "accepted": "Accepted",
    "booked": "Booked",
    "attended": "Attended",
    "completed": "Done",
}
WALK_IN: Final = ("draft", "attended", "completed")
_BESIDE: Final = {
    "awaiting_consent": "draft",
    "undeliverable": "draft",
    "waitlisted": "acknowledged",
    "in_treatment": "attended",
}
_ORDER: Final = tuple(STOPS)


def stop_of(state: str) -> str | None:
    """Return the state of the usual course beside which this one lies; None for an ending that is not part of it."""
    found = _BESIDE.get(state, state)
    return found if found in STOPS else None


def place(state: str) -> int:
    """Return the number of its stop, from 0."""
    stop = stop_of(state)
    return _ORDER.index(stop) if stop else 0


def words(state: str, steps_taken: int) -> str:
    """Write what the small picture shows: "Sent, stop 2 of 7, 3 steps taken"."""
    taken = f", {many(steps_taken, 'step')} taken" if steps_taken else ""
    return f"{REFERRAL.get(state, state)}, stop {place(state) + 1} of {len(STOPS)}{taken}"
