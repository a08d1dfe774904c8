"""Team scope: the one place where a query is narrowed to the actor's teams."""

from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import Select

from shared.context import Actor
from shared.http.problems import invalid, not_found

Ts = TypeVarTuple("Ts")


def team_for(actor: Actor, asked: UUID | None) -> UUID:
    """Return the team of a new row: the team that the request names, or the actor's only team.

    Raise a 404 problem for a team that is not the actor's, as for one that does not exist, and a 422 problem when no
    team is named and the actor is in several or in none.
    """
    if asked is not None:
        if not actor.in_team(asked):
            raise not_found()
        return asked
    if len(actor.teams) != 1:
        raise invalid("team_id", "missing", "say which of your teams it is for")
    return actor.teams[0]


def in_teams(stmt: Select[*Ts], model: Any, actor: Actor) -> Select[*Ts]:
    """Narrow a select to the rows of the actor's teams. Our own services see every team.

    `model` is a mapped class, or the columns of its table.
    """
    if actor.every_team:
        return stmt
    # Nearly every actor has one team: an equality costs less, and an index on (team, ...) also gives the order.
    one = len(actor.teams) == 1
    return stmt.where(model.team_id == actor.teams[0] if one else model.team_id.in_(actor.teams))
