"""Unfinished work under a hidden name: one process at a time, which removes what a killed one has left."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.errors import StackError


@contextmanager
def folder(parent: Path, name: str) -> Iterator[Path]:
    """Yield a new folder below `parent`, hidden and readable by us alone; whatever fails, nothing of it stays.

    The block gives it its real name at the end. Raise StackError while another process works under the same name.
    """
    new = parent / f".{name}-unfinished"
    handle = os.open(parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"another backup or restore works in {parent}: wait for its end") from None
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        try:
            yield new
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    finally:
        os.close(handle)
