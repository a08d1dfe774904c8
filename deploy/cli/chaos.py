"""`alongside chaos`: break everything under load on a throw-away data folder, then count what was lost or doubled."""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from deploy import running
from deploy.chaos.kinds import KINDS
from deploy.errors import StackError


def command(
    minutes: Annotated[float, typer.Option(min=0.1, help="For how long things are broken.")] = 5,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same order of faults and work; by default a new one.")
    ] = None,
    only: Annotated[
        str, typer.Option(help=f"Comma-separated kinds of faults: {', '.join(KINDS)}; by default all.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    logs: Annotated[Path | None, typer.Option(help="Copy the processes' logs into this folder at the end.")] = None,
) -> None:
    """Kill, freeze and cut everything under load; end with what was lost, doubled or stuck, and exit code 1 if any."""
    from rich.console import Console

    from deploy.chaos.run import run

    wanted = [name.strip() for name in only.split(",") if name.strip()] or list(KINDS)
    for name in wanted:
        if name not in KINDS:
            raise StackError(f"there is no fault {name!r}: choose from {', '.join(KINDS)}")

    # Progress goes to standard error; standard output has the result alone.
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    os.umask(0o077)
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    progress.print(f"seed {chosen}", markup=False)
    result = running.run(run(minutes, chosen, wanted, lambda line: progress.print(line, markup=False), logs))
    print(json.dumps(result.as_json()) if as_json else "\n".join(result.lines()))
    raise typer.Exit(0 if result.ok else 1)
