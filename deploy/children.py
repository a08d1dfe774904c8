"""Child processes that nobody forgets: who is cancelled while a child starts or runs ends it and waits for its end.

A child that is dropped instead is found by the collector, which takes its exit code from under the event loop's own
watcher: "Unknown child process pid" on standard error, and an invented exit code.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")


async def begin(*command: str | Path, **options: Any) -> asyncio.subprocess.Process:
    """Start a child. Cancelled meanwhile, nothing of it is left.

    It has a process group of its own: Ctrl-C at a terminal reaches us alone, and we end it in our order.
    """
    options.setdefault("process_group", 0)
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*command, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await end(await starting)
        raise


async def output_of(*command: str | Path, **options: Any) -> tuple[int, str]:
    """Run a child to its end; its exit code, and what it wrote on both outputs. Ended when we are cancelled."""
    process = await begin(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        **options,
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        await end(process)
        raise
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


async def wait(process: asyncio.subprocess.Process) -> int:
    """Its exit code; ended when we are cancelled."""
    try:
        return await process.wait()
    except BaseException:
        await end(process)
        raise


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a child with all that it started, and wait for its end."""
    if process.returncode is None:
        for pid in (*_descendants(process.pid), process.pid):
            _kill(pid, signal.SIGKILL)
    await to_the_end(process.wait())


def send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal. Not by the process' own method: that one looks for its exit code first, and takes it."""
    if process.returncode is None:
        _kill(process.pid, number)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish work that must not be left half done; a cancellation that comes meanwhile is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = not task.cancelled()
        except BaseException:
            break
    if cancelled:
        task.exception()  # nobody hears of it any more
        raise asyncio.CancelledError
    return task.result()


def _descendants(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def _kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
