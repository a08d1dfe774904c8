"""Rules of oversight: what needs a review, and by which role (trust: "Confidentiality")."""

from enum import StrEnum

from shared.access.roles import Role


class What(StrEnum):
    """What was decided, or happened, against or without the person's own consent."""

    OVERRIDE = "override"  # a decision to disclose to a service without consent
    DISCLOSURE = "disclosure"  # a disclosure on such a decision, after the guardian had read the decision
    AFTER_WITHDRAWAL = "after_withdrawal"  # a message left after the person had withdrawn consent
    NO_OPENED = "no_opened"  # a no was ended on another ground than the person's own word


def reviewer(decided_by: Role) -> Role:
    """Return the reviewing role: a guardian, or a supervisor where a guardian made the decision."""
    return Role.SUPERVISOR if decided_by is Role.GUARDIAN else Role.GUARDIAN
