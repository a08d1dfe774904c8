"""Reading emails in a child process with limits: one that cannot be read stops neither the others nor the service.

The child stays warm for the next email; a child that overruns its limits is killed, and a new one reads the next email.
"""

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from services.referrals.mail.bounds import MOST, CannotBeRead
from services.referrals.mail.parser import File, Read
from services.referrals.mail.reports import Report

CPU_SECONDS = 10
MEMORY = 1536 * 1024 * 1024
WALL_SECONDS = 120.0
_LONGEST_FRAME = 4 * MOST


class Reader:
    """One child, started when it is first needed."""

    def __init__(self, *, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY) -> None:
        self._cpu_seconds, self._memory = cpu_seconds, memory
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    async def read(self, raw: bytes) -> Read:
        """Return the contents of an email. Raise CannotBeRead."""
        if len(raw) > MOST:
            raise CannotBeRead("too_large")
        return await asyncio.to_thread(self.read_now, raw)

    def read_now(self, raw: bytes) -> Read:
        """Read an email in the calling thread."""
        with self._lock:
            warm = self._child is not None
            frames, why = self._tried(raw)
            if frames is None and warm and why == "crashed":
                # Perhaps the child had died before: then this email is not the cause.
                frames, why = self._tried(raw)
        if frames is None:
            raise CannotBeRead(why)
        return _found(frames)

    def _tried(self, raw: bytes) -> tuple[list[bytes] | None, str]:
        child, overran = self._running(), threading.Event()

        def end() -> None:
            overran.set()
            child.kill()

        overrun = threading.Timer(WALL_SECONDS, end)
        overrun.start()
        try:
            return _talk(child, raw), ""
        except (OSError, EOFError, struct.error):
            slow = self._ended(child) == -signal.SIGXCPU or overran.is_set()
            return None, "too_slow" if slow else "crashed"
        finally:
            overrun.cancel()

    def with_limits(self, *, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY) -> "Reader":
        """Return another reader with a child of its own."""
        return Reader(cpu_seconds=cpu_seconds, memory=memory)

    @property
    def child_id(self) -> int | None:
        """Return the process id of the child; None while there is none."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                self._ended(self._child)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._ended(self._child)
        if self._child is None:
            # No environment but what the interpreter needs to find its files: the child needs no secret.
            kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TZ")}
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-m",
                    "services.referrals.mail.parser_process",
                    str(self._cpu_seconds),
                    str(self._memory),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept,
                start_new_session=True,  # a Ctrl+C is for the parent, which ends the child by closing the pipe
            )
        return self._child

    def _ended(self, child: subprocess.Popen[bytes]) -> int:
        """End the child, if it is still running, and return its exit status."""
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._child = None
        return child.wait()


READER = Reader()
"""The reader of this process."""


def _talk(child: subprocess.Popen[bytes], raw: bytes) -> list[bytes]:
    gives, given = child.stdin, child.stdout
    assert gives is not None and given is not None
    gives.write(struct.pack(">Q", len(raw)))
    gives.write(raw)
    gives.flush()
    first = _frame(given)
    said = json.loads(first)
    return [first, *(_frame(given) for _ in said.get("files", ()))]


def _frame(given: IO[bytes]) -> bytes:
    size = struct.unpack(">Q", given.read(8))[0]
    if size > _LONGEST_FRAME:
        raise EOFError
    frame = given.read(size)
    if len(frame) < size:
        raise EOFError
    return frame


def _found(frames: list[bytes]) -> Read:
    said: dict[str, Any] = json.loads(frames[0])
    if "rule" in said:
        raise CannotBeRead(said["rule"])
    files = tuple(
        File(name, kind, content) for (name, kind), content in zip(said.pop("files"), frames[1:], strict=True)
    )
    report = said.pop("report")
    if report is not None:
        of_report = {name: tuple(report.pop(name)) for name in ("recipients", "returned")}
        report = Report(**of_report, **report)
    of_many = {name: tuple(said.pop(name)) for name in ("senders", "answers")}
    return Read(said=bytes.fromhex(said.pop("said")), files=files, report=report, **of_many, **said)
