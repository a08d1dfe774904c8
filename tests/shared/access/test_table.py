"""The access table: deny by default, one entry for one action."""

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.access import table
from shared.access.roles import Relation, Role, anywhere, team
from shared.access.scope import in_teams
from shared.access.table import TABLE, may, merge
from shared.context import Actor
from shared.ids import new_id


class Base(DeclarativeBase):
    metadata = MetaData()


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column()


def test_what_is_not_in_the_table_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        table, "TABLE", merge({"thing.move": team(Role.WORKER)}, {"thing.read": anywhere(Role.COMMISSIONER)})
    )
    assert may(Role.WORKER, "thing.move") is Relation.TEAM
    assert may(Role.COMMISSIONER, "thing.read") is Relation.ANY
    assert may(Role.COMMISSIONER, "thing.move") is None
    assert may(Role.WORKER, "thing.vanish") is None
    assert may(Role.SERVICE, "thing.move") is None


def test_two_parts_cannot_name_the_same_action() -> None:
    with pytest.raises(ValueError, match=r"named twice: thing\.move"):
        merge({"thing.move": team(Role.WORKER)}, {"thing.move": team(Role.ADMIN)})


def test_every_entry_is_well_formed() -> None:
    for action, grants in TABLE.items():
        noun, _, verb = action.partition(".")
        assert noun and verb and action == action.lower(), action
        assert grants, f"{action} is allowed to nobody: leave it out"
        assert Role.SERVICE not in grants, f"{action}: our own processes never come over HTTP"


def test_admins_and_commissioners_reach_no_care_data_of_a_person() -> None:
    """Vocabulary: commissioner is statistics only, admin is accounts and settings only."""
    care = ("person.", "contact.", "consent.", "case.", "plan.", "note.", "link.")
    for action, grants in TABLE.items():
        if action.startswith(care):
            assert Role.ADMIN not in grants and Role.COMMISSIONER not in grants, action


def test_queries_are_narrowed_to_the_actors_teams() -> None:
    mine, also = new_id(), new_id()
    for teams, asks, given in (
        ((mine,), "things.team_id = ", mine),
        ((mine, also), "things.team_id IN ", [mine, also]),
    ):
        stmt = in_teams(select(Thing), Thing, Actor("w", Role.WORKER, teams, ""))
        compiled = stmt.compile(dialect=postgresql.dialect())
        assert asks in str(compiled)
        assert compiled.params == {"team_id_1": given}


def test_an_actor_without_a_team_sees_nothing_and_a_service_everything() -> None:
    stmt = in_teams(select(Thing), Thing, Actor("w", Role.WORKER, (), ""))
    assert stmt.compile(dialect=postgresql.dialect()).params == {"team_id_1": []}
    assert in_teams(select(Thing), Thing, Actor.service("intake")).whereclause is None
