"""What an administrator may not do to an account, so that nobody locks everybody out."""

from collections.abc import Collection
from uuid import UUID

from shared.access.roles import Role

# Whoever cares for people sees the files of his teams and nobody else's: without a team he would see nothing.
TEAMED = frozenset({Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER})
CHOICES = (Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN, Role.COMMISSIONER, Role.ADMIN)


def role_of(word: str) -> Role | None:
    """A role that a person may have."""
    return next((role for role in CHOICES if role.value == word), None)


def wrong_with(role: Role | None, teams: Collection[UUID]) -> tuple[str, str] | None:
    """The field that does not fit the others, and why; None when all is well."""
    if role is None:
        return "role", "choose a role"
    if role in TEAMED and not teams:
        return "teams", "choose at least one team: without one nobody's file can be seen"
    if role is Role.ADMIN and teams:
        return "teams", "an administrator sees no care data, so he is in no team"
    return None


def refuses(me: UUID, account: UUID, *, was: Role, becomes: Role | None) -> str | None:
    """Why an administrator may not change this account so (`becomes` None: disable it); None when he may."""
    if me == account and was is Role.ADMIN and becomes is not Role.ADMIN:
        return "You cannot take your own administrator's role away. Another administrator can."
    return None
