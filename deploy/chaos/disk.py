"""The disk of a run: a small file system in memory, filled to the last byte and freed again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 900
_PIECES = (1_000_000, 4_096, 1)


@contextmanager
def mounted(folder: Path) -> Iterator[str]:
    """Mount a small file system on `folder`; yield "" or why there is none."""
    try:
        options = f"size={SIZE_MB}m,mode=0700"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
        )
        why = done.stderr.strip()[:200] if done.returncode else ""
    except OSError as error:
        why = f"there is no mount command ({error.strerror})"
    try:
        yield why and f"no small file system can be mounted here: {why}"
    finally:
        if not why:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(ballast: Path) -> None:
    """Fill the disk to the last byte by growing `ballast`."""
    with open(ballast, "ab", buffering=0) as file:
        for size in _PIECES:
            try:
                while file.write(b"0" * size) == size:
                    pass
            except OSError:
                continue
