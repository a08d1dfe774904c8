"""Starts processes as direct children, waits until each answers, starts again what dies, stops all in order."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from deploy import launch, left_overs
from deploy.errors import ExitedEarly, StackError
from deploy.program import Program, User

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each new start of a process that keeps dying; the last one repeats."""

STEADY_SECONDS = 60.0
"""A process that ran this long starts again at the first step."""

LOG_BYTES = 20_000_000

Say = Callable[[str], None]


def bound(command: Sequence[str], on_orphan: signal.Signals, user: User | None = None) -> list[str]:
    """The command line of a child that gets a signal when this process is gone, and runs as `user`."""
    who = ("-1", "-1") if user is None else (str(user.uid), str(user.gid))
    return [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(int(on_orphan)), *who, *command]


class Child:
    """One program and its current process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: asyncio.subprocess.Process | None = None
        self.since: float | None = None  # wall clock: for people, in `status`
        self.is_ready = False
        self.restarts = 0
        self.watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, or None."""
        alive = self.process is not None and self.process.returncode is None
        return self.process.pid if alive and self.process is not None else None


class Supervisor:
    """The children of this process. `records` is where their pids are kept for a start after our own death."""

    def __init__(self, records: Path, say: Say) -> None:
        self.children: dict[str, Child] = {}
        self._records = records
        self._say = say
        self._stopping = False

    async def start(self, program: Program, *, patience: float = 0) -> Child:
        """Start a program, wait until it is ready, and watch over it from then on.

        `patience` is for how many seconds more than usual this first start may take. StackError in one line when it
        ends or stays silent; nothing of it is left running then.
        """
        child = Child(program)
        self.children[program.name] = child
        try:
            await self._spawn(child)
            await self._until_ready(child, patience)
        except BaseException:
            await self._end(child)
            raise
        child.watch = asyncio.create_task(self._keep_alive(child), name=f"watch {program.name}")
        return child

    async def stop(self, name: str) -> None:
        """End one child in good order; it is not started again."""
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

    async def stop_all(self, order: list[list[str]]) -> None:
        """End groups of children one after the other, the members of a group together."""
        self._stopping = True
        for group in order:
            await asyncio.gather(*(self.stop(name) for name in group))
        self._records.unlink(missing_ok=True)

    def kill(self, name: str) -> int:
        """SIGKILL one child, as a crash would; it is started again as after any crash. Answers the pid."""
        pid = self.children[name].pid
        if pid is None:
            raise StackError(f"{name} is not running")
        self.children[name].is_ready = False
        os.kill(pid, signal.SIGKILL)
        return pid

    async def wait_ready(self, name: str, seconds: float) -> None:
        """Until a child answers again after a crash. StackError when it does not in time."""
        limit = time.monotonic() + seconds
        while not (self.children[name].is_ready and self.children[name].pid):
            if time.monotonic() > limit:
                raise StackError(f"{name} was not back in {seconds:.0f} s: see {self.children[name].program.log}")
            await asyncio.sleep(0.02)

    # -- one child

    async def _spawn(self, child: Child) -> None:
        program = child.program
        with log_file(program.log) as log:
            child.process = await asyncio.create_subprocess_exec(
                *bound(program.command, program.on_orphan, program.user),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.environment),
                cwd="/",
                pass_fds=program.pass_fds,
                # A group of its own: Ctrl-C at the terminal reaches us alone, and we stop them in order.
                process_group=0,
            )
        child.since = time.time()
        self._remember()

    async def _until_ready(self, child: Child, patience: float = 0) -> None:
        process, program = child.process, child.program
        seconds = program.ready_seconds + patience
        assert process is not None
        ready = asyncio.ensure_future(program.ready(process.pid))
        ended = asyncio.create_task(process.wait())
        try:
            done, _ = await asyncio.wait({ready, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        if ended in done:
            raise ExitedEarly(f"{program.title} {_how(process.returncode)}: {last_line(program.log)}")
        if ready not in done:
            raise StackError(f"{program.title} did not answer in {seconds:.0f} s: see {program.log}")
        ready.result()
        child.is_ready = True

    async def _keep_alive(self, child: Child) -> None:
        """Start the child again whenever it dies, for ever, backing off, saying so."""
        program = child.program
        step = 0
        while True:
            assert child.process is not None
            begun = time.monotonic()
            code = await child.process.wait()
            child.is_ready = False
            # Between its death and the next start it may take others' time: the stopping of the stack.
            if self._stopping:
                return
            if time.monotonic() - begun > STEADY_SECONDS:
                step = 0
            while True:
                pause = BACK_OFF[min(step, len(BACK_OFF) - 1)]
                step += 1
                self._say(f"{program.title} {_how(code)}; starting it again in {pause:g} s")
                await asyncio.sleep(pause)
                try:
                    await self._spawn(child)
                    await self._until_ready(child)
                except StackError as error:
                    await self._end(child)
                    code = child.process.returncode
                    self._say(f"{error}")
                    continue
                break
            child.restarts += 1
            self._say(f"{program.title} is back")

    async def _end(self, child: Child) -> None:
        process, program = child.process, child.program
        child.is_ready = False
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(program.stop)
        try:
            await asyncio.wait_for(process.wait(), program.stop_seconds)
        except TimeoutError:
            self._say(f"{program.title} did not stop in {program.stop_seconds:.0f} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def _remember(self) -> None:
        running = [(child.program, child.pid) for child in self.children.values()]
        left_overs.remember(self._records, [(program, pid) for program, pid in running if pid is not None])


def log_file(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return open(path, "ab")


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def last_line(log: Path) -> str:
    """The last thing it said, for the one line the person at the terminal sees."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, log.stat().st_size - 4_000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    said = lines[-1].strip()[:240] if lines else "it said nothing"
    return f"{said} (all of it: {log})"
