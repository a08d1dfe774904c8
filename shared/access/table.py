"""One table of role x action x relation. Whatever the table does not grant is denied."""

from uuid import UUID

from shared.access import casework, intake, operations, programs, referrals
from shared.access.roles import Grants, Relation, Role
from shared.access.scope import in_teams
from shared.context import Actor

__all__ = ["PUBLIC", "TABLE", "Relation", "Role", "agency_of", "in_teams", "may", "may_act", "merge", "reach"]

# Named in place of an action by a route that anybody may call without a token.
PUBLIC = "public"


def merge(*parts: Grants) -> Grants:
    """Merge the services' parts into one table. Raise ValueError when two parts name the same action."""
    table: Grants = {}
    for part in parts:
        if both := table.keys() & part.keys():
            raise ValueError(f"access table: named twice: {', '.join(sorted(both))}")
        table |= part
    return table


TABLE: Grants = merge(operations.ACTIONS, intake.ACTIONS, casework.ACTIONS, referrals.ACTIONS)


# A client program of one agency (its subject is "agency:<id>") answers about its own referrals and does nothing else.
AGENCY_ACTIONS = frozenset({"directory.read", "referral.read", "referral.move", "referral.question"})


def agency_of(actor: Actor) -> str | None:
    """Return the id of the agency whose program the actor is; None for every other actor."""
    kind, _, agency = actor.user_id.partition(":")
    return agency if actor.role is Role.SYSTEM and kind == "agency" else None


def may_act(actor: Actor, action: str) -> Relation | None:
    """Return on which rows this actor may do this action; None when on no row."""
    if actor.scopes is not None and not programs.granted(actor.scopes, action):
        return None
    if agency_of(actor) is not None and action not in AGENCY_ACTIONS:
        return None
    return may(actor.role, action)


def reach(actor: Actor, action: str) -> tuple[UUID, ...] | None:
    """Return the teams on whose rows this actor may do this action; None for every team."""
    if actor.every_team or may_act(actor, action) is Relation.ANY:
        return None
    return actor.teams


def may(role: Role, action: str) -> Relation | None:
    """Return on which rows this role may do this action; None when on no row."""
    return TABLE.get(action, {}).get(role)
