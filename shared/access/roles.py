"""The roles of people and programs, and the relation of an action to a team."""

from enum import StrEnum


class Role(StrEnum):
    """The roles of the vocabulary; ``service`` is for our own processes and is never in a token."""

    WORKER = "worker"
    CLINICIAN = "clinician"
    SUPERVISOR = "supervisor"
    GUARDIAN = "guardian"
    COMMISSIONER = "commissioner"
    ADMIN = "admin"
    SYSTEM = "system"
    SERVICE = "service"


class Relation(StrEnum):
    """The rows on which an action is allowed: those of the actor's teams, of any team, or public ones."""

    TEAM = "team"
    ANY = "any"
    PUBLIC = "public"


Grants = dict[str, dict[Role, Relation]]


def team(*roles: Role) -> dict[Role, Relation]:
    """Grant these roles the rows of their own teams."""
    return dict.fromkeys(roles, Relation.TEAM)


def anywhere(*roles: Role) -> dict[Role, Relation]:
    """Grant these roles the rows of any team."""
    return dict.fromkeys(roles, Relation.ANY)
