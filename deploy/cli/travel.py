"""`alongside travel`: move a practice stack forward in time, for rehearsal."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from deploy import running
from deploy.errors import StackError, in_short
from deploy.folder import DataFolder, default_folder


def command(
    days: Annotated[
        float | None, typer.Option(help="How many days; by default to just after the next thing that is due.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
) -> None:
    """Move a practice stack on, from instant to instant, so that everything due on the way happens on its day."""
    if days is not None and not 0 < days <= 400:
        raise StackError(f"{days:g} days is no journey: choose more than 0 and at most 400")
    running.run(_travel(DataFolder(data or default_folder()), days))


async def _travel(folder: DataFolder, days: float | None) -> None:
    import httpx
    from temporalio.exceptions import TemporalError

    from deploy.demo.api import ApiError
    from deploy.demo.setting import setting
    from deploy.ports import Ports
    from deploy.stack import Stack
    from deploy.time_travel import JourneyError
    from shared import clock

    facts = folder.read_stack()
    if not facts["practice"]:
        raise StackError(
            f"the stack on {folder.path} keeps real time: only one of `alongside up --practice` or "
            "`alongside demo --keep` can travel"
        )
    if not folder.is_held():
        raise StackError(f"no stack runs on {folder.path}: run `alongside up --data {folder.path}`")
    try:
        async with setting(Stack(folder.path, Ports(**facts["ports"]))) as scene:
            begun = clock.now()
            if days is None:
                await scene.journey.leap()
            else:
                await scene.journey.travel_to(begun + timedelta(days=days))
            print(f"{begun:%a %d %b %Y %H:%M} -> {clock.now():%a %d %b %Y %H:%M} UTC, practice time")
    except (JourneyError, ApiError, httpx.TransportError, TemporalError, RuntimeError, OSError) as error:
        at = f"{clock.now():%d %b %Y %H:%M} UTC"
        raise StackError(f"time stopped at {at}: {in_short(error)}; see `alongside status`") from None
