"""`alongside service NAME`: one service as this process, with settings from ALONGSIDE_* variables."""

import asyncio
import gc
import importlib
import os
from enum import StrEnum
from typing import Annotated

import typer

from deploy.errors import StackError


class Name(StrEnum):
    intake = "intake"
    casework = "casework"
    referrals = "referrals"
    console = "console"


def command(
    name: Name,
    parts: Annotated[
        str, typer.Option(help="Comma-separated parts to run here, when scaling out; by default all.")
    ] = "",
    when_migrated: Annotated[
        bool, typer.Option("--when-migrated", help="Load, then wait until the database is at this program's version.")
    ] = False,
) -> None:
    """Run one service (HTTP, activities, handlers, relay) in this process."""
    if parts:
        os.environ["ALONGSIDE_PARTS"] = parts
    gc.disable()  # until the service runs: collections during the imports take a tenth of the start
    from shared.settings import UnsafeSettings

    try:
        program = importlib.import_module(f"services.{name.value}.app")
        if when_migrated:
            asyncio.run(_until_migrated(name.value))
        program.main()
    except UnsafeSettings as error:
        raise StackError(str(error)) from None


async def _until_migrated(service: str) -> None:
    from shared.db import migrate
    from shared.db.session import Database
    from shared.settings import load

    database = Database(load(), service)
    try:
        await migrate.until_current(database)
    finally:
        await database.dispose()
