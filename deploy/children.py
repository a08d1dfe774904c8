"""Child processes that are never abandoned: a cancellation while a child starts or runs ends it and waits for its end.

An abandoned child is reaped by the garbage collector, which takes its exit code from the event loop's own watcher:
"Unknown child process pid" on standard error, and an invented exit code.
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
    """Start a child; when cancelled meanwhile, leave no process behind.

    The child has a process group of its own: Ctrl-C at a terminal reaches us alone, and we end children in our order.
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
    """Run a child to its end; return its exit code and its combined output. A cancellation ends the child."""
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
    """Wait for a child and return its exit code. A cancellation ends the child."""
    try:
        return await process.wait()
    except BaseException:
        await end(process)
        raise


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a child and its descendants, and wait for its end."""
    if process.returncode is None:
        for pid in (*_descendants(process.pid), process.pid):
            _kill(pid, signal.SIGKILL)
    await to_the_end(process.wait())


def send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal. Not by asyncio's method, which polls the exit code first and so takes it from the watcher."""
    if process.returncode is None:
        _kill(process.pid, number)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish work that must not be interrupted; raise a cancellation that arrives meanwhile after its end."""
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
        task.exception()  # marks the error as retrieved: the cancellation is raised instead
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
