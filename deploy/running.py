"""How every command runs to its end, and how a signal ends it: in order, once, leaving nothing.

The first of INT (Ctrl-C), TERM and HUP cancels the work, whose clean-up then runs undisturbed: whatever more of them
comes is not listened to. Before and after the work there is nothing to clean up, and a signal simply ends the process.
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
    """Run the work of a command; what it answers, also when a signal cancelled it and it came to an end by itself.

    Ends the process with 128 + the signal's number, and one line, when the work was cut off.
    """
    heard: list[signal.Signals] = []
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(work)

        def hear(number: int, _: object) -> None:
            if not heard:
                heard.append(signal.Signals(number))
                with contextlib.suppress(RuntimeError):  # the work has ended in this very moment
                    loop.call_soon_threadsafe(task.cancel)

        # Not by the loop, which would give the signals back to Python's own handlers before the process has ended.
        for number in SIGNALS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
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
    """Return at the first signal, instead of being cancelled by it: for what is meant to be stopped so."""
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
