"""The migrated database has exactly the tables of the models, and none of care."""

from collections.abc import Awaitable, Callable

from shared.db import migrate
from shared.settings import Settings
from tests.tables import base_of, drift

BASE = base_of("console")


async def test_models_and_migration_agree(settings: Settings, empty_database: Callable[[str], Awaitable[None]]) -> None:
    await empty_database("console")
    assert migrate.upgrade(settings, "console") == migrate.head("console")
    assert drift(settings, "console") == []


def test_no_table_knows_a_person() -> None:
    """Names live in intake; the console joins them to ids while it draws a page."""
    for table in BASE.metadata.sorted_tables:
        assert not {"person_id", "case_id", "plan_id", "referral_id", "note"} & set(table.c.keys()), table.name
