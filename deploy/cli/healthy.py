"""`alongside healthy NAME`, for the list of commands; `deploy.healthy` implements it without these imports."""

from typing import Annotated

import typer

from deploy import healthy


def command(
    name: Annotated[str, typer.Argument(help=", ".join(healthy.PORTS))],
    seconds: Annotated[float, typer.Option(help="How long to wait for its answer.")] = healthy.SECONDS,
) -> None:
    """Ask one of our processes whether it is ready; exit 0 when it is. For the health checks of containers."""
    raise typer.Exit(healthy.main([name, "--seconds", str(seconds)]))
