"""`alongside migrate`: migrate the databases to this program's revision."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.errors import StackError

if TYPE_CHECKING:
    from shared.settings import Settings


def command(
    service: Annotated[list[str] | None, typer.Argument(help="Services; by default all.")] = None,
) -> None:
    """Migrate the services' databases; safe to run at every start.

    With ALONGSIDE_DATABASE_SUPERUSER and ALONGSIDE_DATABASE_SUPERUSER_PASSWORD set, the roles and databases are made
    first; with ALONGSIDE_TEMPORAL_DATABASE_PASSWORD too, also those of a Temporal server on the same PostgreSQL.
    """
    import psycopg
    from sqlalchemy.exc import OperationalError

    from deploy.stack import MEMBERS
    from shared.db import migrate
    from shared.settings import UnsafeSettings, load

    for name in service or MEMBERS:
        if name not in MEMBERS:
            raise StackError(f"there is no service {name!r}: choose from {', '.join(MEMBERS)}")
    try:
        settings = load()
        if settings.mode == "production" and "database_password_owner" not in settings.model_fields_set:
            raise StackError("ALONGSIDE_DATABASE_PASSWORD_OWNER is not set: migrations run as the owner; set it")
        _ensure(settings, service or MEMBERS)
        for name in service or MEMBERS:
            print(f"{name}: at revision {migrate.upgrade(settings, name)}")
    except (migrate.MigrationRefused, UnsafeSettings) as error:
        raise StackError(str(error)) from None
    except (OperationalError, psycopg.OperationalError) as error:
        place = f"{settings.database_host}:{settings.database_port}"
        reason = " ".join(str(getattr(error, "orig", error)).split())[:200]
        raise StackError(f"the database at {place} cannot be used: {reason}") from None


def _ensure(settings: "Settings", services: Sequence[str]) -> None:
    name = os.environ.get("ALONGSIDE_DATABASE_SUPERUSER")
    if not name:
        return
    from deploy.engines import databases

    connection: dict[str, str | int] = {
        "host": settings.database_host,
        "port": settings.database_port,
        "user": name,
        "password": os.environ.get("ALONGSIDE_DATABASE_SUPERUSER_PASSWORD", ""),
        "dbname": "postgres",
        "connect_timeout": 5,
    }
    passwords = {
        "owner": settings.database_password_owner.get_secret_value(),
        "api": settings.database_password_api.get_secret_value(),
        "work": settings.database_password_work.get_secret_value(),
    }
    databases.ensure(connection, services, passwords)
    if password := os.environ.get("ALONGSIDE_TEMPORAL_DATABASE_PASSWORD"):
        databases.ensure_temporal(connection, password)
