"""`alongside dead-letters`: events that no handler could process, why, and since when."""

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, by service.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack; without one, the settings.")] = None,
) -> None:
    """List what was given up, the oldest 100 of each service. `alongside replay` tries them again."""
    from deploy.operator import Operator
    from deploy.stack import SERVICES

    operator = Operator.here(data)
    found = {name: operator.get(name, "/operations/dead-letters")["items"] for name in SERVICES}
    if as_json:
        print(json.dumps(found))
        return
    for service, letters in found.items():
        print(f"{service}: {len(letters) or 'none'}")
        for one in letters:
            print(f"  {one['id']} {one['recorded_at']} {one['group']} {one['subject']}: {one['error']}")
