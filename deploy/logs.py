"""The log of each process: a file that it appends to, cut while it runs so that it never fills the disk."""

import os
import shutil
from pathlib import Path
from typing import IO

BYTES = 20_000_000
"""One old part of this size is kept beside the log."""


def opened(path: Path) -> IO[bytes]:
    """The log, for appending; nothing is written down when there is no room even to make it."""
    try:
        cut(path)
        return open(path, "ab")
    except OSError:
        return open(os.devnull, "ab")


def cut(path: Path, limit: int = BYTES) -> bool:
    """Move what is in a log that has grown too long into `.log.1`; whoever writes to it goes on. True when it was.

    Copied and emptied rather than renamed: no engine need know how to open its log anew. OSError when there is no room
    for the copy; the log stays as it is then.
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
            kept.write(log.read())  # what was written meanwhile
            kept.flush()
            os.ftruncate(log.fileno(), 0)
        fresh.replace(old)
    finally:
        fresh.unlink(missing_ok=True)
    return True


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
