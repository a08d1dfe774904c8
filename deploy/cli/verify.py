"""`alongside verify`: whether a backup could be restored, found out without restoring it."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    backup: Annotated[Path, typer.Argument(help="One backup, as `alongside backup` printed it.")],
    identity: Annotated[
        Path | None, typer.Option(help="The private key of a recipient; without one, only hashes are compared.")
    ] = None,
) -> None:
    """Check a backup as a restore does: hashes, decryption, and each file of the databases. Nothing of it is kept."""
    from deploy.backup import sealed
    from deploy.backup.restore import verify
    from deploy.backup.stopping import Stopped
    from deploy.errors import StackError

    try:
        said = verify(backup, sealed.identities(identity) if identity else [])
    except Stopped as stop:
        raise StackError(f"stopped by signal {stop.number}, the backup was not verified") from None
    if identity:
        print(f"{backup} can be restored: it is of {said.begun}, and its databases are whole")
    else:
        print(f"{backup} is as it was written, at {said.begun}; give --identity FILE to see that it opens and is whole")
