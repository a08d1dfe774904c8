"""Which changes of accounts are refused, so that an administrator always remains."""

from collections.abc import Collection
from uuid import UUID

from shared.access.roles import Role

# These roles see the files of their own teams and nobody else's: without a team they would see nothing.
TEAMED = frozenset({Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER})
CHOICES = (Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER, Role.ADMIN)


def role_of(word: str) -> Role | None:
    """Return the role of that name if a person may hold it, else None."""
    return next((role for role in CHOICES if role.value == word), None)


def wrong_with(role: Role | None, teams: Collection[UUID]) -> tuple[str, str] | None:
    """Return the field that contradicts the others, with the reason; None when they agree."""
    if role is None:
        return "role", "choose a role"
    if role in TEAMED and not teams:
        return "teams", "choose at least one team: without one nobody's file can be seen"
    if role is Role.ADMIN and teams:
        return "teams", "an administrator sees no care data, so is in no team"
    return None


def refuses(me: UUID, account: UUID, *, was: Role, becomes: Role | None) -> str | None:
    """Return why an administrator may not make this change (`becomes` None: disable it); None when they may."""
    if me == account and was is Role.ADMIN and becomes is not Role.ADMIN:
        return "You cannot take your own administrator's role away. Another administrator can."
    return None
