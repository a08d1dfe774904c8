"""`alongside migrate`: bring the databases to this program's revision."""

from typing import Annotated

import typer

from deploy.errors import StackError


def command(
    service: Annotated[list[str] | None, typer.Argument(help="Services; by default all three.")] = None,
) -> None:
    """Migrate the services' databases; safe to run at every start."""
    from sqlalchemy.exc import OperationalError

    from deploy.stack import SERVICES
    from shared.db import migrate
    from shared.settings import UnsafeSettings, load

    for name in service or SERVICES:
        if name not in SERVICES:
            raise StackError(f"there is no service {name!r}: choose from {', '.join(SERVICES)}")
    try:
        settings = load()
        for name in service or SERVICES:
            print(f"{name}: at revision {migrate.upgrade(settings, name)}")
    except (migrate.MigrationRefused, UnsafeSettings) as error:
        raise StackError(str(error)) from None
    except OperationalError as error:
        place = f"{settings.database_host}:{settings.database_port}"
        reason = " ".join(str(error.orig).split())[:200]
        raise StackError(f"the database at {place} cannot be used: {reason}") from None
