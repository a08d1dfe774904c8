"""`alongside replay`: dead letters through their handlers again, once their cause is repaired."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.errors import StackError


def command(
    id: Annotated[UUID | None, typer.Argument(help="Of one dead letter, as `alongside dead-letters` lists it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack; without one, the settings.")] = None,
) -> None:
    """Try one dead letter, or all, again. Handled twice it has one effect. Exit 1 when one could not be handled."""
    from deploy.operator import Operator
    from deploy.stack import SERVICES

    if (id is None) != every:
        raise StackError("name one dead letter, or say --all")
    operator, failed, found = Operator.here(data), 0, 0
    for service in SERVICES:
        for letter in operator.get(service, "/operations/dead-letters")["items"]:
            if id is not None and letter["id"] != str(id):
                continue
            found += 1
            try:
                done = operator.post(service, f"/operations/dead-letters/{letter['id']}/replay")["result"]
            except StackError as error:
                failed, done = failed + 1, str(error)
            print(f"{service} {letter['id']}: {done}")
    if id is not None and not found:
        raise StackError(f"no dead letter {id} waits")
    if failed:
        raise typer.Exit(1)
    if not found:
        print("none waits")
