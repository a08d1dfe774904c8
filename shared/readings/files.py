"""What the disk of a folder has left, and when the last backup was made."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Disk:
    """The free space of a disk."""

    free_bytes: int
    free_percent: float


def disk(folder: Path) -> Disk:
    """Return what is free on the disk of this folder. Raise OSError when there is no such folder."""
    usage = shutil.disk_usage(folder)
    return Disk(usage.free, 100 * usage.free / usage.total)


def last_backup(marker: Path) -> datetime | None:
    """Return when the last backup was made, by the file that its program touched; None for never."""
    try:
        return datetime.fromtimestamp(marker.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
