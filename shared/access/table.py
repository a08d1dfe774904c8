"""One table of role x action x relation. What is not in it is denied."""

from uuid import UUID

from shared.access import casework, intake, operations, referrals
from shared.access.roles import Grants, Relation, Role
from shared.access.scope import in_teams
from shared.context import Actor

__all__ = ["PUBLIC", "TABLE", "Relation", "Role", "agency_of", "in_teams", "may", "may_act", "merge", "reach"]

# What a route that anybody may call without a token names instead of an action.
PUBLIC = "public"


def merge(*parts: Grants) -> Grants:
    """One table out of the services' parts. Raises ValueError when two parts name the same action."""
    table: Grants = {}
    for part in parts:
        if both := table.keys() & part.keys():
            raise ValueError(f"access table: named twice: {', '.join(sorted(both))}")
        table |= part
    return table


TABLE: Grants = merge(operations.ACTIONS, intake.ACTIONS, casework.ACTIONS, referrals.ACTIONS)


# A client program of one agency (its subject is "agency:<id>") answers about its own referrals and does nothing else:
# it is not of our team, whatever team's referrals it may answer.
AGENCY_ACTIONS = frozenset({"directory.read", "referral.read", "referral.move", "referral.question"})


def agency_of(actor: Actor) -> str | None:
    """The id of the agency whose program this is; None for everybody else."""
    kind, _, agency = actor.user_id.partition(":")
    return agency if actor.role is Role.SYSTEM and kind == "agency" else None


def may_act(actor: Actor, action: str) -> Relation | None:
    """On which rows this actor may do this action; None when never."""
    if agency_of(actor) is not None and action not in AGENCY_ACTIONS:
        return None
    return may(actor.role, action)


def reach(actor: Actor, action: str) -> tuple[UUID, ...] | None:
    """The teams on whose rows this actor may do this action; None for every team there is."""
    if actor.every_team or may_act(actor, action) is Relation.ANY:
        return None
    return actor.teams


def may(role: Role, action: str) -> Relation | None:
    """On which rows this role may do this action; None when never."""
    return TABLE.get(action, {}).get(role)
