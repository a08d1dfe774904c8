"""The migrated database has exactly the tables of the models."""

from collections.abc import Awaitable, Callable

from sqlalchemy import create_engine, inspect

from shared.db import migrate
from shared.settings import Settings
from tests.tables import base_of, drift

BASE = base_of("intake")


async def test_models_and_migration_agree(settings: Settings, empty_database: Callable[[str], Awaitable[None]]) -> None:
    await empty_database("intake")
    assert migrate.upgrade(settings, "intake") == migrate.head("intake")
    assert drift(settings, "intake") == []
    engine = create_engine(settings.database_url("intake", "owner"))
    with engine.connect() as connection:
        found = inspect(connection)
        for table in BASE.metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
    engine.dispose()


def test_every_care_table_has_a_team() -> None:
    without = [table.name for table in BASE.metadata.sorted_tables if "team_id" not in table.c]
    assert not without
