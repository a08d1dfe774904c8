"""What the guardian is told of at once, and who gives the word on it (trust: "Confidentiality")."""

from enum import StrEnum

from shared.access.roles import Role


class What(StrEnum):
    """Something was decided, or happened, against or without the person's own word."""

    OVERRIDE = "override"  # a decision to tell a service without consent
    DISCLOSURE = "disclosure"  # something was told on such a decision after the guardian had read it
    AFTER_WITHDRAWAL = "after_withdrawal"  # something had left when the person had taken consent back
    NO_OPENED = "no_opened"  # a no to us was opened again on a ground that is not the person's own word


def reviewer(decided_by: Role) -> Role:
    """Whose word it waits for: a guardian's, and a supervisor's where a guardian decided it."""
    return Role.SUPERVISOR if decided_by is Role.GUARDIAN else Role.GUARDIAN
