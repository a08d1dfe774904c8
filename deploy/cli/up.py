"""`alongside up`: the whole stack in the foreground."""

import asyncio
import contextlib
import os
import shlex
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy import running
from deploy.errors import StackError
from deploy.folder import DataFolder, default_folder
from deploy.ports import DEFAULT_BASE, Ports
from deploy.stack import CONSOLE, SERVICES, Say, Stack


def command(
    data: Annotated[Path | None, typer.Option(help="Data folder; by default $ALONGSIDE_DATA or your own.")] = None,
    port_base: Annotated[
        int,
        typer.Option(
            help="The pages at base, services at +1 to +3, all the others up to +13.", envvar="ALONGSIDE_PORT_BASE"
        ),
    ] = DEFAULT_BASE,
    practice: Annotated[
        bool, typer.Option("--practice", help="A new stack for rehearsal: `alongside travel` moves its time on.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="A practice stack with made-up people and an account for each role.")
    ] = False,
) -> None:
    """Start PostgreSQL, NATS, Temporal, the services, the pages and the worker; stop all with Ctrl-C."""
    folder = DataFolder(data or default_folder())
    practice = practice or demo
    if practice and folder.cluster.exists() and not folder.practice_clock.exists():
        # A stack with records of care must never run ahead of real time.
        raise StackError(f"{folder.path} holds a stack on real time: choose a new folder with --data DIR")
    os.umask(0o077)  # every file is readable by its owner alone
    running.run(_up(folder.path, Ports.fixed(port_base), practice, demo))


async def _up(data: Path, ports: Ports, practice: bool, demo: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    waiting = console.status("starting") if console.is_terminal else None

    def say(line: str) -> None:
        with contextlib.suppress(OSError):  # the reader of our output may be gone; the stack goes on
            console.print(line, markup=False)

    def step(what: str) -> None:
        if waiting is not None:
            waiting.update(what)
        else:
            say(f"{what} ...")

    stack = Stack(data, ports, practice, say=say, step=step, extra_environment=_more(data, demo))
    played = contextlib.AsyncExitStack()
    begun = time.monotonic()
    try:
        with waiting or contextlib.nullcontext():
            await _started(stack, demo, played)
    except asyncio.CancelledError:
        say("stopped before it was ready")
        raise typer.Exit(1) from None
    try:
        _print_ready(stack, say, time.monotonic() - begun, await _way_in(stack, demo, shown=console.is_terminal))
        await running.until_asked()
        say("stopping ...")
    finally:
        await played.aclose()
        await stack.stop()
        say("stopped")


async def _started(stack: Stack, demo: bool, played: contextlib.AsyncExitStack) -> None:
    """Start the stack; for a demo also its made-up people, staff and clock driver, which runs until the end."""
    await stack.start()
    if not demo:
        return
    from deploy.demo import jumps, people, staff
    from deploy.demo.setting import setting

    try:
        ids = await staff.hire(stack)
        scene = await played.enter_async_context(setting(stack, worker_id=str(ids["worker"])))
        await scene.load_directory()
        await people.settle(scene)
        wishes = jumps.folder_of(stack.folder.path)
        jumps.prepare(wishes)
        driver = asyncio.create_task(jumps.serve(scene, wishes), name="jumps")
        played.callback(driver.cancel)
    except BaseException:
        await played.aclose()
        await stack.stop()
        raise


async def _way_in(stack: Stack, demo: bool, *, shown: bool) -> str | None:
    """Return how to sign in, or None once there is an administrator.

    The link itself is shown only at a terminal: stored output may be readable for longer than the link is valid.
    """
    if demo:
        from deploy.demo import staff

        return f"sign in as {', '.join(staff.ROLES)}, each with the password {staff.password(stack)}"
    from deploy import first_admin

    if not shown:
        if not await first_admin.is_needed(stack.settings()):
            return None
        command = f"alongside admin-link --data {shlex.quote(str(stack.folder.path))}"
        return f"to make the administrator's account, open the one-time link that `{command}` prints"
    link = await first_admin.link(stack.settings())
    return link and f"make the administrator's account here; the link works once, for three days: {link}"


# Made up, with numbers that are kept for made-up people; what is set outside goes before.
_ORGANISATION = {
    name: os.environ.get(name, made_up)
    for name, made_up in {
        "ALONGSIDE_ORGANISATION_NAME": "Synthetic Outreach",
        "ALONGSIDE_ORGANISATION_PHONE": "020 7946 0100",
        "ALONGSIDE_ORGANISATION_WEBSITE": "outreach.example.org",
        "ALONGSIDE_CONTACT_PHONE": "020 7946 0101",
    }.items()
}


def _more(data: Path, demo: bool) -> dict[str, str]:
    if not demo:
        return {}
    from deploy.demo import jumps

    return {"ALONGSIDE_PRACTICE_JUMPS_FOLDER": str(jumps.folder_of(data.expanduser().absolute())), **_ORGANISATION}


def _print_ready(stack: Stack, say: Say, seconds: float, way_in: str | None) -> None:
    say(f"ready in {seconds:.1f} s, data in {stack.folder.path}")
    say(f"  {'pages':<10} {stack.url(CONSOLE)}")
    for name in SERVICES:
        say(f"  {name:<10} {stack.url(name)}  (API: {stack.url(name)}/openapi.json)")
    say(f"  {'temporal':<10} 127.0.0.1:{stack.ports.temporal}")
    if stack.practice:
        say("this stack keeps practice time: it is for demonstration and rehearsal, never for care")
    if way_in:
        say(way_in)
    say("next: `alongside status`, `alongside token --as supervisor`; Ctrl-C stops everything")
