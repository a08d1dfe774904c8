"""Temporary folders that a command creates for one run and removes afterwards."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSES = (0.0, 0.05, 0.2, 1.0)


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """Create a folder, and remove it with its contents at the end."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Remove a folder, also when an interrupted thread still writes to it; print a line when that fails."""
    for pause in _PAUSES:
        time.sleep(pause)
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
    print(f"alongside: {path} could not be removed, remove it by hand", file=sys.stderr)
