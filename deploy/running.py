"""The run of every command, and its end by a signal: in order, once, with nothing left behind.

The first of INT (Ctrl-C), TERM and HUP cancels the work, whose clean-up then runs undisturbed: further signals are
ignored. Before and after the work there is nothing to clean up, and a signal simply ends the process.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work of a command and return its result, also when a signal cancelled it and it ended normally.

    End the process with 128 + the signal's number, and one line, when the work was interrupted.
    """
    heard: list[signal.Signals] = []
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(work)

        def hear(number: int, _: object) -> None:
            if not heard:
                heard.append(signal.Signals(number))
                with contextlib.suppress(RuntimeError):  # the work has ended at this moment
                    loop.call_soon_threadsafe(task.cancel)

        # Not by the loop, which would restore Python's own handlers before the process has ended.
        for number in SIGNALS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # respect nohup
                signal.signal(number, hear)
        try:
            return runner.run(_of(task))
        except asyncio.CancelledError:
            if not heard:
                raise
        finally:
            if not heard:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
    _cut_off(heard[0])


async def until_asked() -> None:
    """Return at the first signal instead of being cancelled: for a command that is meant to be stopped by one."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()


async def _of(task: "asyncio.Task[T]") -> T:
    return await task


def _cut_off(number: signal.Signals) -> NoReturn:
    with contextlib.suppress(OSError, ValueError):
        print(f"alongside: stopped by {number.name}, nothing is left running", file=sys.stderr, flush=True)
    raise SystemExit(128 + number)
