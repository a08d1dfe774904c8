"""The migrated database has exactly the tables of the models."""

from collections.abc import Awaitable, Callable

from shared.db import migrate
from shared.settings import Settings
from tests.tables import base_of, drift

BASE = base_of("casework")


async def test_models_and_migration_agree(settings: Settings, empty_database: Callable[[str], Awaitable[None]]) -> None:
    await empty_database("casework")
    assert migrate.upgrade(settings, "casework") == migrate.head("casework")
    assert drift(settings, "casework") == []


def test_every_care_table_has_a_team() -> None:
    # The added bank holidays are the country's.
    tables = [table for table in BASE.metadata.sorted_tables if table.name != "days_off"]
    assert not [table.name for table in tables if "team_id" not in table.c]
