"""Migrations of one service's database, run as its owner, one at a time; each ends by granting the other roles.

A service keeps `services/<service>/migrations/` with a folder `versions/` and an `env.py` that calls `env`.

The first revision, `v1`, holds the tables of the first release, among them those of `shared.db.platform_v1`. Later
ones are named `v2_noun.py` and so on. A revision must work with the code that runs while it is applied: add before you
use, stop using before you drop.
"""

import asyncio
import re
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.db.session import Database
from shared.settings import Settings

# Alembic is imported only where a migration runs: a service only reads the revision of its database.
if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "DataTooNew",
    "DataTooOld",
    "MigrationRefused",
    "check",
    "env",
    "head",
    "revisions",
    "until_current",
    "upgrade",
]

# The advisory lock of an upgrade, so that one runs at a time. The number is used nowhere else.
_LOCK = 7_305_801_221
_WAIT_FOR_TABLE = "5s"
_WAIT_FOR_TURN = "60s"
_POLL_SECONDS = 0.1


class MigrationRefused(RuntimeError):
    """The database could not be migrated to this program's revision; nothing was changed."""


class DataTooNew(MigrationRefused):
    """A newer program has already changed the database."""

    def __init__(self, service: str, found: str) -> None:
        super().__init__(
            f"the {service} database is at revision {found}, which this program does not know: the data was written"
            " by a newer version, or before the first release. Start that version, restore the backup made before its"
            " upgrade, or begin with a new data folder."
        )


class DataTooOld(MigrationRefused):
    """The database still waits for its upgrade."""

    def __init__(self, service: str, found: str | None, wanted: str) -> None:
        super().__init__(
            f"the {service} database is at revision {found or 'none'}, this program needs {wanted}: run the migrations."
        )


def head(service: str) -> str:
    """Return the newest revision that this program knows."""
    known = revisions(service)
    newest = known.keys() - known.values()
    if not newest:
        raise MigrationRefused(f"services/{service}/migrations/versions holds no revision")
    if len(newest) > 1:
        raise MigrationRefused(f"services/{service}/migrations/versions has two ends: {', '.join(sorted(newest))}")
    return newest.pop()


def upgrade(settings: Settings, service: str, revision: str = "head") -> str:
    """Migrate the database to `revision` and return its revision. Blocking: call this before the event loop starts.

    The upgrade is one transaction: a failure changes nothing. Raise MigrationRefused when a table is in use for more
    than five seconds, so that requests do not queue behind the upgrade, and DataTooNew when a newer program has
    migrated the database.
    """
    from alembic import command

    with _owner(settings, service) as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TURN}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TABLE}'"))
        found = _current(connection)
        _refuse_newer(service, found)
        try:
            command.upgrade(_config(service, connection), revision)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
            raise MigrationRefused(
                f"the {service} database is busy: a table to be changed was in use for {_WAIT_FOR_TABLE}."
                " Nothing was changed; try again when less is going on."
            ) from None
        _grant(connection, service)
        return _current(connection) or ""


async def check(database: Database) -> None:
    """Raise DataTooOld or DataTooNew unless the database is at this program's newest revision (for readiness)."""
    try:
        async with database.engine.connect() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in {"42P01", "42501"}:  # no such table, or not ours to read yet
            raise
        found = None
    wanted = head(database.service)
    if found == wanted:
        return
    _refuse_newer(database.service, found)
    raise DataTooOld(database.service, found, wanted)


async def until_current(database: Database) -> None:
    """Wait until another process has migrated the database to this program's newest revision.

    Nothing is logged meanwhile: the process that migrates reports what is wrong.
    """
    while True:
        try:
            return await check(database)
        except (MigrationRefused, DBAPIError):
            await asyncio.sleep(_POLL_SECONDS)


def env() -> None:
    """Run the revisions on the connection that `upgrade` opened: the whole of a service's `env.py`."""
    from alembic import context

    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        raise MigrationRefused("migrations run through shared.db.migrate, not through the alembic command")
    context.configure(connection=connection)
    context.run_migrations()


@contextmanager
def _owner(settings: Settings, service: str) -> Generator[Connection]:
    """Open a transaction as the owner of the service's tables."""
    engine = create_engine(
        settings.database_url(service, "owner"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
    )
    with engine.begin() as connection:
        yield connection


def _folder(service: str) -> Path:
    # Located by name, because shared imports no service.
    found = find_spec(f"services.{service}")
    if found is None or not found.submodule_search_locations:
        raise MigrationRefused(f"there is no service {service}")
    return Path(next(iter(found.submodule_search_locations))) / "migrations"


def _config(service: str, connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder(service)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


_NAMES = re.compile(r'^(revision|down_revision)\b.*?= *(?:"(\w+)"|None)', re.MULTILINE)


def revisions(service: str) -> dict[str, str | None]:
    """Return each revision that this program knows with its predecessor, read without running the files."""
    found: dict[str, str | None] = {}
    for file in (_folder(service) / "versions").glob("*.py"):
        said = {name: value or None for name, value in _NAMES.findall(file.read_text(encoding="utf-8"))}
        if not said.get("revision") or "down_revision" not in said:
            place = f"services/{service}/migrations/versions/{file.name}"
            raise MigrationRefused(f'{place} does not say `revision = "..."` and `down_revision = ...`')
        found[str(said["revision"])] = said["down_revision"]
    return found


def _refuse_newer(service: str, found: str | None) -> None:
    if found is not None and found not in revisions(service):
        raise DataTooNew(service, found)


def _grant(connection: Connection, service: str) -> None:
    """Grant reading and writing rows to requests and workers; only the owner alters tables and writes the revision."""
    roles = f'"{service}_api", "{service}_work"'
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {roles}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {roles}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {roles}",
    ):
        connection.execute(text(statement))
