"""The migrated database has exactly the tables of the models, and the rules that every team starts from."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from services.referrals.clock.models import EVERY_TEAM, ClockRule
from services.referrals.clock.service import rules_of
from services.referrals.codes import State
from shared import clock
from shared.context import Actor
from shared.db import migrate
from shared.db.session import Database
from shared.ids import new_id
from shared.practice.calendar import local_day
from shared.practice.clock_table import DEFAULT_CLOCKS, REFERRAL_PATHWAYS, resolve
from shared.settings import Settings
from tests.tables import base_of, drift

BASE = base_of("referrals")

# Public data that belongs to no team.
DIRECTORY = {"agencies", "services", "locations", "service_at_locations", "contact_changes", "days_off"}


async def test_models_and_migration_agree(settings: Settings, empty_database: Callable[[str], Awaitable[None]]) -> None:
    await empty_database("referrals")
    assert migrate.upgrade(settings, "referrals") == migrate.head("referrals")
    assert drift(settings, "referrals") == []


def test_every_care_table_has_a_team() -> None:
    tables = [table for table in BASE.metadata.sorted_tables if table.name not in DIRECTORY]
    assert not [table.name for table in tables if "team_id" not in table.c]


async def test_the_default_rules_are_there_with_their_sources(db: Database) -> None:
    async with db.transaction(Actor.service("referrals")) as session:
        rows = list(await session.scalars(select(ClockRule)))
        rules = await rules_of(session, new_id())
    assert {row.team_id for row in rows} == {EVERY_TEAM} and all(row.body["source"] for row in rows)
    assert {rule.key: rule for rule in rules} == {rule.key: rule for rule in DEFAULT_CLOCKS}
    for state in State:
        for pathway in REFERRAL_PATHWAYS:
            assert resolve(state, pathway, local_day(clock.now()), rules) is not None
