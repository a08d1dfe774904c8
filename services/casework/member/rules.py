"""Decide who may be given a case or a task. Pure."""

from dataclasses import dataclass
from typing import Final

from shared.access.roles import Role

# Roles that may work on a plan may have a case; roles that may do a task may have one.
CASES: Final = frozenset({Role.WORKER, Role.SUPERVISOR})
TASKS: Final = CASES | {Role.CLINICIAN}


@dataclass(frozen=True)
class Refusal:
    """Why something cannot be given to somebody: a code for programs, and a sentence."""

    rule: str
    message: str


UNKNOWN = Refusal("not_a_colleague", "is nobody of the team; somebody who has just joined is known after a moment")
LEFT = Refusal("has_left", "has left the team; choose somebody else")
ROLE = Refusal("role", "has a role that does not do this; choose somebody else")


def refusal(role: str | None, *, left: bool, able: frozenset[Role]) -> Refusal | None:
    """Return why an account with this role (None: not known in the team) cannot be given it; None when it can."""
    if role is None:
        return UNKNOWN
    if left:
        return LEFT
    return None if role in able else ROLE
