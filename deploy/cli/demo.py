"""`alongside demo`: the main job on a throw-away data folder, through the public HTTP APIs."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy import running, throwaway


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running and say how to look around.")] = False,
) -> None:
    """Run the main job: a referral that waits too long, is followed up, is answered, and a plan that ends well."""
    from rich.console import Console

    console = Console(stderr=as_json, soft_wrap=True)
    started = time.monotonic()
    os.umask(0o077)
    result = running.run(_demo(console, keep=keep))
    result["seconds"] = round(time.monotonic() - started, 1)
    if as_json:
        print(json.dumps({"ok": result["ok"], "seconds": result["seconds"], "checkpoints": result["checkpoints"]}))
    else:
        verdict = "[green]All of it held[/green]" if result["ok"] else "[red]It did not hold[/red]"
        console.print(f"\n{verdict}, in {result['seconds']} s.")
    raise typer.Exit(0 if result["ok"] else 1)


async def _demo(console: Any, *, keep: bool) -> dict[str, Any]:
    from deploy.demo.checkpoints import CheckpointFailed, Checkpoints
    from deploy.demo.setting import setting
    from deploy.demo.story import tell
    from deploy.stack import Stack

    checkpoints = Checkpoints(console)
    with throwaway.folder("alongside-demo-") as folder:
        stack = Stack(folder, practice_clock=True, say=lambda line: console.print(f"[dim]{line}[/dim]"))
        with console.status("Starting PostgreSQL, NATS, Temporal, three services and the worker"):
            await stack.start()
        try:
            async with setting(stack) as scene:
                await tell(checkpoints, scene)
            if keep:
                await _look_around(console, stack)
        except CheckpointFailed:
            console.print(f"[dim]{_last_words(stack.folder.path)}[/dim]", highlight=False)
        finally:
            await stack.stop()
        if checkpoints.seen and checkpoints.seen[-1].ok:
            await checkpoints.run("stack_stopped", "Everything is stopped in order", lambda: _stopped(stack))
    return {"ok": checkpoints.ok, "checkpoints": checkpoints.as_json()}


async def _stopped(stack: Any) -> dict[str, Any]:
    running = {name: pid for name, pid in stack.pids.items() if pid is not None}
    assert not running, f"still running: {running}"
    return {}


async def _look_around(console: Any, stack: Any) -> None:
    """Print where everything is and wait for Ctrl-C."""
    from deploy.stack import SERVICES

    data = stack.folder.path
    addresses = " ".join(f"{service.upper()}={stack.url(service)}" for service in SERVICES)
    for line in (
        "",
        "The stack goes on, on practice time. To look around, in another terminal:",
        f"  export ALONGSIDE_DATA={data} {addresses}",
        '  curl -s $CASEWORK/board -H "Authorization: Bearer $(.venv/bin/alongside token --as supervisor)"',
        "  .venv/bin/alongside status",
        "  .venv/bin/alongside travel --days 5",
        f"Emails lie in {stack.folder.mail}; each service describes itself at /openapi.json.",
        "Ctrl-C stops it and deletes its data.",
    ):
        console.print(line, highlight=False, markup=False)
    await running.until_asked()


def _last_words(folder: Path) -> str:
    """Return the end of each process's log, for a failed run: the folder is about to be deleted."""
    lines: list[str] = []
    for log in sorted(folder.glob("logs/*")):
        words = log.read_text(errors="replace").splitlines()
        troubled = [line for line in words if '"level": "info"' not in line][-5:]
        lines += [f"--- {log.name}", *troubled]
    return "\n".join(lines)
