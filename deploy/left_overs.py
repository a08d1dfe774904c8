"""Children that outlived a killed supervisor: recorded by pid and start time, ended at the next start.

A copy of a data folder contains the records of the original, whose processes may be running: each record names its
folder, and in another folder it is ignored.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

import psutil

from deploy.folder import identity, write_whole
from deploy.program import Program


def remember(file: Path, running: Iterable[tuple[Program, int]]) -> None:
    """Record the running processes, with their start times: the kernel reuses pids."""
    rows: list[dict[str, object]] = []
    folder = identity(file.parent)
    for program, pid in running:
        try:
            started = psutil.Process(pid).create_time()
            row = {"name": program.name, "pid": pid, "started": started, "stop": int(program.stop), "folder": folder}
            rows.append(row)
        except psutil.NoSuchProcess:
            continue
    write_whole(file, json.dumps(rows), mode=0o600)


def end(file: Path) -> list[str]:
    """End the processes that an earlier run left behind; return their names. Block for up to 15 s."""
    found = list(_alive(file))
    for _, process, stop in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(stop)
    _, stubborn = psutil.wait_procs([process for _, process, _ in found], timeout=5)
    for process in stubborn:
        for child in _children(process):
            _kill(child)
        _kill(process)
    psutil.wait_procs(stubborn, timeout=10)
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
    return [name for name, _, _ in found]


def _alive(file: Path) -> Iterable[tuple[str, psutil.Process, int]]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        folder = identity(file.parent)
    except (OSError, ValueError):
        return
    for row in rows:
        try:
            if row["folder"] != folder:
                continue
            process = psutil.Process(int(row["pid"]))
            # The start time is computed from clock ticks; rounding of the boot time may change it a little.
            if abs(process.create_time() - float(row["started"])) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                yield str(row["name"]), process, int(row["stop"])
        except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
            continue


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
