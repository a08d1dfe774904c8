"""`alongside admin-link`: the one-time link that creates the first administrator."""

from pathlib import Path
from typing import Annotated

import typer

from deploy import running
from deploy.errors import StackError


def command(
    data: Annotated[Path | None, typer.Option(help="Data folder of the embedded stack.")] = None,
) -> None:
    """Print a link that makes the administrator's account: once, for three days. Only while there is none."""
    import os

    from sqlalchemy.exc import OperationalError

    from deploy import first_admin
    from deploy.folder import DataFolder, default_folder
    from deploy.stack import settings_of
    from shared.settings import load

    in_container = data is None and bool(os.environ.get("ALONGSIDE_DATABASE_HOST"))
    settings = load() if in_container else settings_of(DataFolder(data or default_folder()))
    try:
        link = running.run(first_admin.link(settings))
    except OperationalError:
        raise StackError("the console's database does not answer: is the stack up?") from None
    if link is None:
        raise StackError("there is an administrator already: ask that person for a link")
    print(link)
