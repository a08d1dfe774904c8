"""His no, and what opens it again (practice: "His no")."""

from enum import StrEnum

from shared.access.roles import Role


class Kind(StrEnum):
    """What he said, or what was decided for a ground."""

    SAID_NO = "said_no"
    CAME_BACK = "came_back"


class Opened(StrEnum):
    """Who opens it again: he himself, or a ground that a supervisor signs. Never time, never a worker."""

    HIMSELF = "himself"
    SAFEGUARDING = "safeguarding"
    PUBLIC_HEALTH = "public_health"


def needs_signature(opened: Opened) -> bool:
    """Whether a supervisor must sign."""
    return opened is not Opened.HIMSELF


def may_sign(role: Role) -> bool:
    """Who signs."""
    return role is Role.SUPERVISOR
