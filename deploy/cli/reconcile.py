"""`alongside reconcile`: one workflow for every open plan and referral, in the state of its row."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

OWNERS = {"casework": "plans", "referrals": "referrals"}
CONSUMERS = ("intake", "casework", "referrals")
DONE = {
    "restarted": "restarted",
    "replaced": "began again: it knew another story than its row",
    "woken": "woken: it knew an older row",
    "ended": "ended: it has no row",
}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Ask each workflow what it knows, and compare every event that was sent.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack; without one, the settings.")] = None,
) -> None:
    """Run one round of the reconciler now, and say what it mended. The services do the same by themselves."""
    from deploy.operator import Operator

    operator = Operator.here(data)
    query = "?deep=true" if deep else ""
    told = {noun: operator.post(name, f"/operations/reconcile{query}") for name, noun in OWNERS.items()}
    events = {name: operator.post(name, "/operations/catch-up") for name in CONSUMERS} if deep else {}
    if as_json:
        print(json.dumps({**told, **({"events": events} if deep else {})}))
        return
    for noun, round in told.items():
        _print_round(noun, round)
    for name, found in events.items():
        print(f"{name}: {found['compared']} events compared, {found['handled']} handled now that had been missed")


def _print_round(noun: str, round: dict[str, Any]) -> None:
    counts = ", ".join(f"{len(round[name])} {name}" for name in DONE)
    print(f"{noun}: {round['checked']} open, {counts}, {_sleeping(round)} sleeping too long")
    for name, words in DONE.items():
        for workflow in round[name]:
            print(f"  {workflow} {words}")


def _sleeping(told: dict[str, Any]) -> int:
    """Return how many rows wait too long: casework lists rows of its board, referrals counts steps of its ladders."""
    return told["sleeping"] if "sleeping" in told else len(told["watch"])
