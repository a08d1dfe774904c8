"""`alongside reconcile`: a workflow for every open plan and referral that has none, from rows alone."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.errors import StackError

OWNERS = {"casework": "plans", "referrals": "referrals"}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
) -> None:
    """Run one round of the reconciler now, and say what it mended. The services do the same by themselves."""
    from deploy.folder import DataFolder, default_folder

    folder = DataFolder(data or default_folder())
    mended = {noun: _round(folder, service) for service, noun in OWNERS.items()}
    if as_json:
        print(json.dumps(mended))
        return
    for noun, told in mended.items():
        print(
            f"{noun}: {told['checked']} open, {len(told['restarted'])} restarted, {_sleeping(told)} sleeping too long"
        )
        for workflow in told["restarted"]:
            print(f"  restarted {workflow}")


def _sleeping(told: dict[str, Any]) -> int:
    """Casework lists the rows of its board, referrals count the steps of their ladders."""
    return told["sleeping"] if "sleeping" in told else len(told["watch"])


def _round(folder: Any, service: str) -> dict[str, Any]:
    import httpx

    from deploy.stack import issue_token, settings_of

    found = settings_of(folder)
    url = f"http://{found.host}:{found.port(service)}/operations/reconcile"
    headers = {"Authorization": f"Bearer {issue_token(folder, 'admin')}"}
    try:
        answer = httpx.post(url, headers=headers, timeout=120)
    except httpx.TransportError as error:
        raise StackError(f"{service} does not answer at {url} ({type(error).__name__}): is the stack up?") from None
    if answer.is_error:
        raise StackError(f"{service} could not reconcile: {answer.json().get('detail', answer.status_code)}")
    return answer.json()
