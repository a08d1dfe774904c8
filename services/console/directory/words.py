"""The words of the directory's pages."""

from typing import Final

FIELDS: Final = {"email": "Email address", "phone": "Phone number", "secure_mailbox": "Secure mailbox"}
HOLDERS: Final = {"service": "Service", "agency": "Organisation", "location": "Place"}
STATES: Final = {
    "proposed": "Waits for somebody to confirm it",
    "confirmed": "Confirmed",
    "refused": "Refused",
    "replaced": "Another change took its place",
}
WHY_SHOW: Final = (
    ("not_a_refuge", "It is not a place of safety"),
    ("public", "They give out their address themselves"),
    ("hidden_in_error", "It was hidden by mistake"),
)
WHY_HIDE: Final = (
    ("place_of_safety", "It is a place of safety: its address must not be known"),
    ("asked_for", "They asked us not to show it"),
    ("shown_in_error", "It was shown by mistake"),
)
WHY: Final = dict((*WHY_SHOW, *WHY_HIDE))


def value(field: str, given: str | None) -> str:
    """Write an address, a number or a yes as people read it."""
    if field == "secure_mailbox":
        return "yes" if given == "true" else "no"
    return given or "none"
