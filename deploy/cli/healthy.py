"""`alongside healthy NAME`: is this process of ours ready? For the health checks of containers."""

import asyncio
import os
from typing import Annotated

import typer

from deploy.errors import StackError


def command(
    name: Annotated[str, typer.Argument(help="intake, casework, referrals, console or worker")],
    seconds: Annotated[float, typer.Option(help="How long to wait for it.")] = 5.0,
) -> None:
    """Exit 0 when it is ready. The worker is asked for by its pid, 1 in a container."""
    from deploy import members
    from deploy.stack import MEMBERS
    from shared.settings import Settings

    if name == "worker":
        probe = members.polls(os.environ.get("ALONGSIDE_TEMPORAL_ADDRESS", "127.0.0.1:7233"), 1)
    elif name in MEMBERS:
        probe = members.answers(Settings().port(name))
    else:
        raise StackError(f"there is no process {name!r}: choose from {', '.join(MEMBERS)}, worker")
    try:
        asyncio.run(asyncio.wait_for(probe, seconds))
    except TimeoutError:
        raise StackError(f"{name} is not ready") from None
