"""`alongside restore`: a backup becomes a new data folder."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    backup: Annotated[Path, typer.Argument(help="One backup, as `alongside backup` printed it.")],
    into: Annotated[Path, typer.Option(help="The new data folder; it is never overwritten.")],
    identity: Annotated[Path, typer.Option(help="The private key of a recipient, as age-keygen writes it.")],
) -> None:
    """Check a backup and put it into a new data folder; `alongside up` on that folder goes on with the work."""
    from deploy.backup import sealed
    from deploy.backup.restore import restore
    from deploy.backup.stopping import Stopped
    from deploy.errors import StackError

    try:
        said = restore(backup, into, sealed.identities(identity))
    except Stopped as stop:
        raise StackError(f"stopped by signal {stop.number}, nothing was restored") from None
    print(f"{into} is as it was at {said.begun}; what came after that may be missing")
    print(f"go on with `alongside up --data {into}`, then `alongside reconcile --deep --data {into}`")
