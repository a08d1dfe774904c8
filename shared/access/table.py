"""One table of role x action x relation. What is not in it is denied."""

from shared.access import casework, intake, operations, referrals
from shared.access.roles import Grants, Relation, Role
from shared.access.scope import in_teams

__all__ = ["PUBLIC", "TABLE", "Relation", "Role", "in_teams", "may", "merge"]

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


def may(role: Role, action: str) -> Relation | None:
    """On which rows this role may do this action; None when never."""
    return TABLE.get(action, {}).get(role)
