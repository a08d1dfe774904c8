"""`alongside bench`: each figure beside its limit, on a stack created for it."""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from deploy import running
from deploy.bench.sizes import FIGURES, Sizes
from deploy.errors import StackError

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.bench.figures import Json


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    only: Annotated[str, typer.Option(help=f"Comma-separated figures: {', '.join(FIGURES)}; by default all.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each side; the median is told.")] = Sizes.rounds,
) -> None:
    """Measure starts, steps, hops, the board and memory, each beside what the bare engines do on this machine."""
    from rich.console import Console

    from deploy.bench.run import run

    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name not in FIGURES:
            raise StackError(f"there is no figure {name!r}: choose from {', '.join(FIGURES)}")
    # Progress goes to standard error; standard output has the result alone.
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    os.umask(0o077)
    result = running.run(run(Sizes(rounds=rounds), wanted, lambda line: progress.print(line, markup=False)))
    if as_json:
        print(json.dumps(result))
    else:
        _show(Console(highlight=False), result)


def _show(console: "Console", result: "Json") -> None:
    from rich.table import Table

    from deploy.bench.figures import lines

    table = Table(box=None, pad_edge=False)
    for title in ("figure", "got", "bar", ""):
        table.add_column(title)
    for line in lines(result):
        verdict = "[green]met[/green]" if line.met else "[red]not met[/red]"
        table.add_row(line.figure, line.got, line.bar, verdict)
    console.print(table)
