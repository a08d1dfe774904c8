"""The one place where a query is narrowed to the actor's teams."""

from typing import Any, Protocol, TypeVarTuple
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from shared.context import Actor

Ts = TypeVarTuple("Ts")


class HasTeam(Protocol):
    """A mapped class with a team."""

    team_id: InstrumentedAttribute[UUID]


def in_teams(stmt: Select[*Ts], model: Any, actor: Actor) -> Select[*Ts]:
    """Narrow a select to the rows of the actor's teams. Our own services see every team.

    `model` is a mapped class, or the columns of its table.
    """
    if actor.every_team:
        return stmt
    # Nearly everybody has one: said plainly, it costs less and an index on (team, ...) also gives the order.
    one = len(actor.teams) == 1
    return stmt.where(model.team_id == actor.teams[0] if one else model.team_id.in_(actor.teams))
