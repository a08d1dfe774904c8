"""`alongside token`: a bearer token for the embedded stack."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.folder import DataFolder, default_folder


def command(
    role: Annotated[
        str, typer.Option("--as", help="worker, clinician, supervisor, guardian, commissioner, admin or system")
    ],
    team: Annotated[list[UUID] | None, typer.Option(help="Team id, may be repeated; by default the folder's.")] = None,
    sub: Annotated[str | None, typer.Option(help="Who: a user id; by default one per role.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
) -> None:
    """Print a bearer token, valid for ten minutes."""
    from deploy.stack import issue_token

    print(issue_token(DataFolder(data or default_folder()), role, teams=team, sub=sub))
