"""The logs of processes: append-only files, truncated while their process runs so that they never fill the disk."""

import os
import shutil
from pathlib import Path
from typing import IO

BYTES = 20_000_000
"""One older part of this size is kept beside the log."""


def opened(path: Path) -> IO[bytes]:
    """Open the log for appending; return the null device when there is no space to create it."""
    try:
        cut(path)
        return open(path, "ab")
    except OSError:
        return open(os.devnull, "ab")


def cut(path: Path, limit: int = BYTES) -> bool:
    """Move the contents of a log over `limit` to `.log.1` while its process goes on; return whether it was moved.

    The log is copied and truncated rather than renamed, because engines do not reopen their logs. Raise OSError when
    there is no space for the copy; the log then stays unchanged.
    """
    try:
        if path.stat().st_size <= limit:
            return False
    except FileNotFoundError:
        return False
    old, fresh = path.with_suffix(".log.1"), path.with_suffix(".log.1.new")
    try:
        with open(path, "r+b") as log, open(fresh, "wb") as kept:
            shutil.copyfileobj(log, kept)
            kept.flush()
            kept.write(log.read())  # lines written during the copy
            kept.flush()
            os.ftruncate(log.fileno(), 0)
        fresh.replace(old)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def last_line(log: Path) -> str:
    """Return the last line of a log, for an error message of one line."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, log.stat().st_size - 4_000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    said = lines[-1].strip()[:240] if lines else "it said nothing"
    return f"{said} (all of it: {log})"
