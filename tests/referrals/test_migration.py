"""The migrated database has exactly the tables of the models, and the rules that every team starts from."""

from collections.abc import Awaitable, Callable

from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from services.referrals.clock.models import EVERY_TEAM, ClockRule
from services.referrals.clock.service import rules_of
from services.referrals.codes import State
from services.referrals.tables import Base
from shared import clock
from shared.context import Actor
from shared.db import migrate
from shared.db.session import Database
from shared.ids import new_id
from shared.practice.calendar import local_day
from shared.practice.clock_table import DEFAULT_CLOCKS, REFERRAL_PATHWAYS, resolve
from shared.settings import Settings

# Public data that belongs to no team.
DIRECTORY = {"agencies", "services", "locations", "service_at_locations", "contact_changes", "days_off"}


async def test_models_and_migration_agree(settings: Settings, empty_database: Callable[[str], Awaitable[None]]) -> None:
    await empty_database("referrals")
    assert migrate.upgrade(settings, "referrals") == migrate.head("referrals")
    assert migrate.drift(settings, "referrals", Base.metadata) == []


REFERRAL = """
INSERT INTO referrals (id, reference, person_id, plan_id, team_id, agency_id, service_id, state, stage_entry,
  stage_since, clocks_due, off_reason, walk_in, accepted_before, ever_sent, dates, round_entry, last_human_what,
  last_human_by, last_human_at, recorded_at, version)
VALUES (:id, CAST(:id AS text), :person, :plan, :team, :id, :id, 'sent', 1,
  now(), false, '', false, false, true, '{}', 1, '', '', now(), now(), 1)
"""
HOLD = "INSERT INTO plan_holds VALUES (1, true, :plan, :team, now())"


async def test_a_hold_of_before_is_whose_its_referrals_are(
    settings: Settings, empty_database: Callable[[str], Awaitable[None]]
) -> None:
    await empty_database("referrals")
    migrate.upgrade(settings, "referrals", "0006")
    person, team = new_id(), new_id()
    named, elsewhere, alone = (new_id() for _ in range(3))
    engine = create_engine(settings.database_url("referrals", "owner"), poolclass=NullPool)
    with engine.begin() as owner:
        for plan, of in ((named, team), (elsewhere, new_id())):
            owner.execute(text(REFERRAL), {"id": new_id(), "person": person, "plan": plan, "team": of})
        for plan in (named, elsewhere, alone):
            owner.execute(text(HOLD), {"plan": plan, "team": team})
    migrate.upgrade(settings, "referrals")
    with engine.begin() as owner:
        found = {plan: whose for plan, whose in owner.execute(text("SELECT id, person_id FROM plan_holds"))}
    assert found == {named: person, elsewhere: None, alone: None}


def test_every_care_table_has_a_team() -> None:
    tables = [table for table in Base.metadata.sorted_tables if table.name not in DIRECTORY]
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
