"""Rules of permits: their purposes and their states."""

from enum import StrEnum


class Purpose(StrEnum):
    """The purpose of a disclosure.

    New content, content that was sent before (its first message, its page), a reminder by reference only, a call, or
    the notice that the agency may no longer contact the person.
    """

    SEND = "send"
    SHOW = "show"
    CHASE = "chase"
    CALL = "call"
    NO_CONTACT = "no_contact"


class Outcome(StrEnum):
    """The state of a permit."""

    LIVE = "live"
    SENT = "sent"
    LAPSED = "lapsed"
