"""`alongside backup`: the databases and keys of a running stack, encrypted to those who may open them."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Where the backup goes, as a new folder.")],
    to: Annotated[list[str] | None, typer.Option("--to", help="A recipient's public key, age1...; repeat it.")] = None,
    recipients_file: Annotated[Path | None, typer.Option(help="A file with one recipient a line.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
) -> None:
    """Back up the running stack. What is accepted after the backup begins may not be in it."""
    from deploy.backup import sealed
    from deploy.backup.make import make
    from deploy.backup.stopping import Stopped
    from deploy.errors import StackError
    from deploy.folder import DataFolder, default_folder

    try:
        made = make(DataFolder(data or default_folder()), folder, sealed.recipients(to or (), recipients_file))
    except Stopped as stop:
        raise StackError(f"stopped by signal {stop.number}, no backup was made") from None
    print(made)
