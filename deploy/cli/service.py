"""`alongside service NAME`: one service as this process, with settings from ALONGSIDE_* variables."""

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
) -> None:
    """Run one service (HTTP, activities, handlers, relay) in this process."""
    if parts:
        os.environ["ALONGSIDE_PARTS"] = parts
    gc.disable()  # until it serves: looking through what is being imported takes a tenth of the start
    from shared.settings import UnsafeSettings

    try:
        importlib.import_module(f"services.{name.value}.app").main()
    except UnsafeSettings as error:
        raise StackError(str(error)) from None
