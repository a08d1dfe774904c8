"""Migrations on real PostgreSQL: rights, one at a time, all or nothing, and never backwards in silence."""

import asyncio
import os
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.exc import ProgrammingError

import services
from deploy import children
from deploy.stack import Stack
from shared.context import Actor
from shared.db import migrate
from shared.db.session import Database
from shared.settings import Settings
from tests.tables import drift

SERVICE = "casework"  # its roles and database; the revisions are our own

FIRST = """
    import sqlalchemy as sa
    from alembic import op
    from shared.db import platform_v1, program_keys_v1
    revision = "0001"
    down_revision = None

    def upgrade():
        platform_v1.create(op)
        program_keys_v1.create(op)
        op.create_table("things", sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("things")
        op.drop_table("stated_program_keys")
        platform_v1.drop(op)
"""
SECOND = """
    import sqlalchemy as sa
    from alembic import op
    revision = "0002"
    down_revision = "0001"

    def upgrade():
        op.add_column("things", sa.Column("name", sa.String))
"""
BROKEN = SECOND + '        op.execute("SELECT 1/0")\n'


@pytest.fixture
async def scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Path]:
    """A services folder of our own with one service of the name of a real one, on an empty database."""
    folder = tmp_path / SERVICE / "migrations"
    (folder / "versions").mkdir(parents=True)
    (tmp_path / SERVICE / "__init__.py").touch()
    (folder / "env.py").write_text("from shared.db import migrate\nmigrate.env()\n")
    monkeypatch.setattr(services, "__path__", [str(tmp_path)])
    # A service imported earlier would be found by its own folder.
    for name in [name for name in sys.modules if name.startswith(f"services.{SERVICE}")]:
        monkeypatch.delitem(sys.modules, name)
    await empty_database(SERVICE)
    write(folder, "0001", FIRST)
    yield folder


def write(folder: Path, name: str, body: str) -> None:
    (folder / "versions" / f"{name}.py").write_text(textwrap.dedent(body))


def current(settings: Settings) -> str | None:
    owner = create_engine(settings.database_url(SERVICE, "owner"))
    with owner.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    owner.dispose()
    return found


def upgrade(settings: Settings) -> str:
    return migrate.upgrade(settings, SERVICE)


async def test_up_to_the_newest_and_again_without_harm(scripts: Path, settings: Settings):
    assert current(settings) is None
    assert upgrade(settings) == "0001"
    write(scripts, "0002", SECOND)
    assert (current(settings), migrate.head(SERVICE)) == ("0001", "0002")
    assert upgrade(settings) == upgrade(settings) == "0002"


async def test_the_other_roles_may_use_rows_and_nothing_else(scripts: Path, settings: Settings):
    upgrade(settings)
    write(scripts, "0002", SECOND)
    upgrade(settings)
    for role in ("api", "work"):
        database = Database(settings, SERVICE, role)
        async with database.transaction(Actor.service(SERVICE)) as session:
            await session.execute(text("INSERT INTO things (name) VALUES ('x')"))
            await session.execute(text("UPDATE things SET name = 'y'"))
            await session.execute(text("DELETE FROM things"))
            await session.execute(text("SELECT * FROM outbox"))
        for forbidden in (
            "DROP TABLE things",
            "ALTER TABLE things ADD x int",
            "UPDATE alembic_version SET version_num = 'x'",
        ):
            with pytest.raises(ProgrammingError):
                async with database.platform_connection() as connection:
                    await connection.execute(text(forbidden))
        await database.dispose()


async def test_readiness_knows_old_new_and_right(scripts: Path, settings: Settings):
    database = Database(settings, SERVICE, "api")
    try:
        with pytest.raises(migrate.DataTooOld, match="revision none, this program needs 0001"):
            await migrate.check(database)
        upgrade(settings)
        await migrate.check(database)
        write(scripts, "0002", SECOND)
        with pytest.raises(migrate.DataTooOld, match="revision 0001, this program needs 0002"):
            await migrate.check(database)
        upgrade(settings)
        (scripts / "versions" / "0002.py").unlink()
        with pytest.raises(migrate.DataTooNew, match="written by a newer version"):
            await migrate.check(database)
    finally:
        await database.dispose()


async def test_who_waits_goes_on_once_somebody_has_migrated(scripts: Path, settings: Settings):
    database = Database(settings, SERVICE, "api")
    waiting = asyncio.create_task(migrate.until_current(database))
    try:
        with pytest.raises(migrate.DataTooOld):
            await migrate.check(database)
        await asyncio.sleep(0)
        assert not waiting.done()
        await asyncio.to_thread(upgrade, settings)
        async with asyncio.timeout(30):
            await waiting
        await migrate.check(database)
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await database.dispose()


async def test_newer_data_is_left_alone(scripts: Path, settings: Settings):
    write(scripts, "0002", SECOND)
    upgrade(settings)
    (scripts / "versions" / "0002.py").unlink()
    with pytest.raises(migrate.DataTooNew, match="revision 0002, which this program does not know"):
        upgrade(settings)
    assert current(settings) == "0002"


async def test_a_revision_that_fails_changes_nothing(scripts: Path, settings: Settings):
    upgrade(settings)
    write(scripts, "0002", BROKEN)
    with pytest.raises(Exception, match="division by zero"):
        upgrade(settings)
    assert current(settings) == "0001"
    assert "name" not in columns(settings)


async def test_a_table_in_use_ends_it_after_five_seconds(
    scripts: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrate, "_WAIT_FOR_TABLE", "300ms")
    upgrade(settings)
    write(scripts, "0002", SECOND)
    engine = create_engine(settings.database_url(SERVICE, "work"))
    with engine.begin() as connection:
        connection.execute(text("SELECT * FROM things"))
        with pytest.raises(migrate.MigrationRefused, match="busy"):
            upgrade(settings)
    engine.dispose()
    assert upgrade(settings) == "0002"


UPGRADING = """
    import sys
    sys.path[:0] = [{code!r}]
    import services
    services.__path__ = [{scripts!r}]
    from shared.db import migrate
    from shared.settings import load
    print(migrate.upgrade(load(), "casework"))
"""


async def test_two_upgrades_at_once_run_one_after_the_other(scripts: Path, settings: Settings, engines: Stack):
    slow = "def upgrade():\n        op.execute('SELECT pg_sleep(1)')"
    write(scripts, "0002", SECOND.replace("def upgrade():", slow))
    program = textwrap.dedent(UPGRADING.format(code=os.getcwd(), scripts=str(scripts.parents[1])))

    async def run() -> bytes:
        process = await children.begin(
            sys.executable,
            "-c",
            program,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **engines.migration_environment()},
        )
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        return out.strip()

    assert await asyncio.gather(run(), run(), run()) == [b"0002"] * 3


async def test_drift_between_models_and_database_is_seen(scripts: Path, settings: Settings):
    upgrade(settings)
    owner = create_engine(settings.database_url(SERVICE, "owner"))
    models = MetaData()
    models.reflect(owner, only=["things"])
    assert drift(settings, SERVICE, models) == []
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE things ADD forgotten int"))
    owner.dispose()
    ((kind, _, table, column),) = drift(settings, SERVICE, models)
    assert (kind, table, column.name) == ("remove_column", "things", "forgotten")


async def test_revisions_that_do_not_make_a_row_are_named(scripts: Path, settings: Settings):
    write(scripts, "0002", SECOND)
    write(scripts, "0003", SECOND.replace('"0002"', '"0003"'))
    with pytest.raises(migrate.MigrationRefused, match="two ends: 0002, 0003"):
        migrate.head(SERVICE)
    write(scripts, "0003", SECOND.replace("down_revision", "before"))
    with pytest.raises(migrate.MigrationRefused, match="versions/0003.py does not say"):
        migrate.head(SERVICE)


async def test_a_service_without_revisions_says_so(scripts: Path, settings: Settings):
    (scripts / "versions" / "0001.py").unlink()
    with pytest.raises(migrate.MigrationRefused, match="holds no revision"):
        migrate.head(SERVICE)
    with pytest.raises(migrate.MigrationRefused, match="there is no service nobody"):
        migrate.head("nobody")


def columns(settings: Settings) -> set[str]:
    engine = create_engine(settings.database_url(SERVICE, "owner"))
    found = MetaData()
    found.reflect(engine, only=["things"])
    engine.dispose()
    return set(found.tables["things"].columns.keys())


# Every revision that a release has had, oldest first. One is added with each release, and none is ever taken away or
# changed: a team's data may be at any of them.
RELEASED = {"intake": ["v1"], "casework": ["v1"], "referrals": ["v1"], "console": ["v1"]}


@pytest.mark.parametrize("service", RELEASED)
def test_no_released_revision_is_lost(service: str) -> None:
    known = migrate.revisions(service)
    newest = migrate.head(service)
    chain = [newest]
    while before := known[chain[-1]]:
        chain.append(before)
    assert chain[::-1][: len(RELEASED[service])] == RELEASED[service] and len(chain) == len(known)
