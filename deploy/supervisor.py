"""The supervisor: it starts processes as direct children, waits until each answers, restarts them, stops them in order.

A child that dies or hangs is restarted. Errors of the supervisor itself (a full disk, no process or memory available)
are reported and retried: the supervisor never ends by itself.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy import children, launch, left_overs, logs
from deploy.errors import ExitedEarly, StackError
from deploy.program import Program, User

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each restart of a process that keeps dying; the last one repeats."""

STEADY_SECONDS = 60.0
"""A process that ran this long is restarted after the first of these pauses again."""

UNWELL_SECONDS = 120.0
"""A running process that has not answered for so long is restarted: after twice the time when that did not help, and
up to eight times as long."""

PROBE_SECONDS = 5.0
KEEPING_SECONDS = 5.0

Say = Callable[[str], None]
After = asyncio.Future[None] | None


def bound(command: Sequence[str], on_orphan: signal.Signals, user: User | None = None) -> list[str]:
    """Return the command line of a child that gets a signal when this process is gone, and runs as `user`."""
    who = ("-1", "-1") if user is None else (str(user.uid), str(user.gid))
    return [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(int(on_orphan)), *who, *command]


class Child:
    """One program and its current process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: asyncio.subprocess.Process | None = None
        self.since: float | None = None  # wall clock: for people, in `status`
        self.is_ready = False
        self.ending: asyncio.subprocess.Process | None = None  # the process that was signalled to stop
        self.restarts = 0
        self.unwell = 0  # how often in a row it was ended because it did not answer
        self.hurry = asyncio.Event()  # set: restart without a pause
        self.watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the running process, or None."""
        alive = self.process is not None and self.process.returncode is None
        return self.process.pid if alive and self.process is not None else None


class Supervisor:
    """The children of this process. `records` is the file of their pids, for a start after our own death."""

    def __init__(
        self, records: Path, say: Say, *, unwell_seconds: float = UNWELL_SECONDS, log_bytes: int = logs.BYTES
    ) -> None:
        self.children: dict[str, Child] = {}
        self._records = records
        self._owed = False  # the records could not be written
        self._say = say
        self._unwell_seconds = unwell_seconds
        self._log_bytes = log_bytes
        self._stopping = False
        self._keeping: asyncio.Task[None] | None = None

    async def start(self, program: Program, *, after: After = None) -> Child:
        """Start a program, wait until it is ready, and supervise it from then on.

        Its time to be ready counts from when `after` is done: what it waits for may take long. Raise StackError, in one
        line, when the program ends or does not answer; nothing of it is left running then.
        """
        child = Child(program)
        self.children[program.name] = child
        try:
            await self._spawn(child)
            await self._until_ready(child, after)
        except OSError as error:
            await children.to_the_end(self._end(child))
            raise StackError(f"{program.title} does not start: {error.strerror}") from None
        except BaseException:
            await children.to_the_end(self._end(child))
            raise
        child.watch = asyncio.create_task(self._keep_alive(child), name=f"watch {program.name}")
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._do_housekeeping(), name="keep house")
        return child

    async def stop(self, name: str) -> None:
        """Stop one child in order, without a restart."""
        await children.to_the_end(self._stop(name))

    async def stop_all(self, order: list[list[str]]) -> None:
        """Stop groups of children in order, the members of a group together; first those in no group."""
        await children.to_the_end(self._stop_all(order))

    async def restart(self, name: str) -> int:
        """Stop one child in order and wait until it answers again; return its new pid.

        Raise StackError when there is no such child, or when it is not ready in time.
        """
        if name not in self.children:
            raise StackError(f"there is no process {name!r}: choose from {', '.join(self.children)}")
        child = self.children[name]
        self._report(f"{child.program.title} is restarted, as asked")
        await children.to_the_end(self._end(child))
        child.hurry.set()
        await self.wait_ready(name, child.program.ready_seconds)
        pid = child.pid
        if pid is None:
            raise StackError(f"{name} has ended again: see {child.program.log}")
        return pid

    def kill(self, name: str) -> int:
        """Kill one child by SIGKILL, as in a crash; it is restarted as after any crash. Return its pid."""
        child = self.children[name]
        pid = child.pid
        if pid is None:
            raise StackError(f"{name} is not running")
        child.is_ready, child.ending = False, child.process
        os.kill(pid, signal.SIGKILL)
        return pid

    async def wait_ready(self, name: str, seconds: float) -> None:
        """Wait until a child answers again after a crash. Raise StackError when it does not in time."""
        limit = time.monotonic() + seconds
        while not (self.children[name].is_ready and self.children[name].pid):
            if time.monotonic() > limit:
                raise StackError(f"{name} was not back in {seconds:.0f} s: see {self.children[name].program.log}")
            await asyncio.sleep(0.02)

    # -- one child

    async def _spawn(self, child: Child) -> None:
        program = child.program
        with logs.opened(program.log) as log:
            child.process = await children.begin(
                *bound(program.command, program.on_orphan, program.user),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.environment),
                cwd="/",
                pass_fds=program.pass_fds,
            )
        child.since = time.time()
        self._remember()

    async def _until_ready(self, child: Child, after: After) -> None:
        process, program = child.process, child.program
        assert process is not None
        ready = asyncio.ensure_future(program.ready(process.pid))
        ended = asyncio.create_task(process.wait())
        try:
            if after is not None:
                await asyncio.wait({after, ended}, return_when=asyncio.FIRST_COMPLETED)
            done, _ = await asyncio.wait(
                {ready, ended}, timeout=program.ready_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        if ended in done:
            raise ExitedEarly(f"{program.title} {_how(process.returncode)}: {logs.last_line(program.log)}")
        if ready not in done:
            said = logs.last_line(program.log)
            raise StackError(f"{program.title} did not answer in {program.ready_seconds:.0f} s: {said}")
        ready.result()
        child.is_ready = True

    async def _keep_alive(self, child: Child) -> None:
        """Restart the child whenever it has ended, for ever, with growing pauses, and report each restart."""
        program = child.program
        step = 0
        while True:
            begun = time.monotonic()
            how = await self._until_ended(child)
            # The stack may have begun to stop between the child's death and its restart.
            if self._stopping:
                return
            if time.monotonic() - begun > STEADY_SECONDS:
                step = 0
            while True:
                pause = BACK_OFF[min(step, len(BACK_OFF) - 1)]
                step += 1
                self._report(f"{program.title} {how}; starting it again in {pause:g} s")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.hurry.wait(), pause)
                child.hurry.clear()
                try:
                    await self._spawn(child)
                    break
                except Exception as error:  # no process, memory or file available now: retry
                    how = f"could not be started ({getattr(error, 'strerror', None) or type(error).__name__})"
            child.restarts += 1

    async def _until_ended(self, child: Child) -> str:
        """Wait until the current process has ended; return how it ended."""
        assert child.process is not None
        looking = asyncio.create_task(self._probe_until_ended(child), name=f"look after {child.program.name}")
        try:
            code = await child.process.wait()
            said = f": {logs.last_line(child.program.log)}" if code > 0 and not child.is_ready else ""
            return _how(code) + said
        finally:
            child.is_ready = False
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _probe_until_ended(self, child: Child) -> None:
        """Report when the child is ready; then probe it periodically, and end it after too long without an answer.

        The time without an answer is counted in probes, not by the clock: a suspended machine sends no probes.
        """
        program, process = child.program, child.process
        assert process is not None
        every = self._unwell_seconds / 12
        patience = self._unwell_seconds * 2 ** min(child.unwell, 3)
        ready = None if child.is_ready else asyncio.ensure_future(program.ready(process.pid))
        silent = 0.0
        try:
            while True:
                begun = time.monotonic()
                if ready is None:
                    await asyncio.sleep(every)
                else:
                    await asyncio.wait({ready}, timeout=every)
                    if child.ending is process:  # its last answers do not count for its successor
                        return
                    if ready.done():
                        ready.result()
                        ready, silent, child.is_ready = None, 0.0, True
                        self._report(f"{program.title} is back")
                        continue
                if await self._answers(child):
                    silent = 0.0
                    child.unwell = child.unwell if ready else 0
                else:
                    silent += min(time.monotonic() - begun, every + PROBE_SECONDS)
                if silent >= (max(patience, program.ready_seconds) if ready else patience):
                    child.unwell += 1
                    self._report(f"{program.title} has answered nothing for {silent:.3g} s and is ended")
                    await self._end(child)
                    return
        finally:
            if ready is not None:
                ready.cancel()

    async def _answers(self, child: Child) -> bool:
        if child.program.alive is None or child.pid is None:
            return child.is_ready
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await child.program.alive(child.pid)
        except Exception:  # whatever the error, there was no answer
            return False
        return True

    async def _end(self, child: Child) -> None:
        process, program = child.process, child.program
        child.is_ready = False
        if process is None or process.returncode is not None:
            return
        child.ending = process
        children.send(process, program.stop)
        try:
            await asyncio.wait_for(process.wait(), program.stop_seconds)
        except TimeoutError:
            self._report(f"{program.title} did not stop in {program.stop_seconds:.0f} s and is killed")
            await children.end(process)

    async def _stop(self, name: str) -> None:
        child = self.children.get(name)
        if child is None:
            return
        if child.watch is not None:
            child.watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await child.watch
            child.watch = None
        await self._end(child)
        self._remember()

    async def _stop_all(self, order: list[list[str]]) -> None:
        self._stopping = True
        others = [name for name in self.children if not any(name in group for group in order)]
        for group in (others, *order):
            await asyncio.gather(*(self._stop(name) for name in group))
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None
        with contextlib.suppress(OSError):
            self._records.unlink(missing_ok=True)

    # -- what we write

    async def _do_housekeeping(self) -> None:
        """Truncate logs that have grown too long, and retry a failed write of the records, for ever."""
        while True:
            await asyncio.sleep(KEEPING_SECONDS)
            if self._owed:
                self._remember()
            for child in list(self.children.values()):
                with contextlib.suppress(OSError):  # no space for the copy: retry later
                    await asyncio.to_thread(logs.cut, child.program.log, self._log_bytes)

    def _remember(self) -> None:
        running = [(child.program, child.pid) for child in self.children.values()]
        try:
            left_overs.remember(self._records, [(program, pid) for program, pid in running if pid is not None])
            self._owed = False
        except OSError:  # the records are for our successor; the running processes do not need them
            self._owed = True

    def _report(self, line: str) -> None:
        with contextlib.suppress(Exception):  # the reader may be gone, or their disk full
            self._say(line)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
