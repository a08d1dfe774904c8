"""Rules of a person's no, and of what ends it (practice: "Said no")."""

from enum import StrEnum

from shared.access.roles import Role


class Kind(StrEnum):
    """What the person said, or what was decided on a ground."""

    SAID_NO = "said_no"
    CAME_BACK = "came_back"


class Opened(StrEnum):
    """What ends a no: the person's own word, or a ground that a supervisor signs. Never time, never a worker."""

    PERSON = "person"
    SAFEGUARDING = "safeguarding"
    PUBLIC_HEALTH = "public_health"


def needs_signature(opened: Opened) -> bool:
    """Return whether a supervisor must sign."""
    return opened is not Opened.PERSON


def may_sign(role: Role) -> bool:
    """Return whether this role may sign."""
    return role is Role.SUPERVISOR
