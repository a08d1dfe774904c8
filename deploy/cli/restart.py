"""`alongside restart NAME`: stop one process of the running stack in order and start it again."""

import time
from pathlib import Path
from typing import Annotated

import typer

from deploy.folder import DataFolder, default_folder


def command(
    name: Annotated[str, typer.Argument(help="postgres, nats, temporal, intake, casework, referrals, console, worker")],
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
) -> None:
    """Restart one process and wait until it answers again; the others go on, and nothing accepted is lost."""
    from deploy import control, running

    folder = DataFolder(data or default_folder())
    begun = time.monotonic()
    answer = running.run(control.ask(folder.stack.parent, {"restart": name}))
    print(f"{name} was restarted and answers again after {time.monotonic() - begun:.1f} s (pid {answer['pid']})")
