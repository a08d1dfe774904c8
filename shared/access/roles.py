"""The roles people (and programs) act in, and how an action may relate to a team."""

from enum import StrEnum


class Role(StrEnum):
    """Roles of the vocabulary; ``service`` is our own processes and is never in a token."""

    WORKER = "worker"
    CLINICIAN = "clinician"
    SUPERVISOR = "supervisor"
    GUARDIAN = "guardian"
    COMMISSIONER = "commissioner"
    ADMIN = "admin"
    SYSTEM = "system"
    SERVICE = "service"


class Relation(StrEnum):
    """On which rows an action is allowed: those of the actor's teams, of any team, or public ones."""

    TEAM = "team"
    ANY = "any"
    PUBLIC = "public"


Grants = dict[str, dict[Role, Relation]]


def team(*roles: Role) -> dict[Role, Relation]:
    """These roles, on rows of their own teams."""
    return dict.fromkeys(roles, Relation.TEAM)


def anywhere(*roles: Role) -> dict[Role, Relation]:
    """These roles, on rows of any team."""
    return dict.fromkeys(roles, Relation.ANY)
