"""The only clock of care.

In production it is the wall clock. On a demo or rehearsal stack it is the wall clock plus an offset kept in
one small file that every process of the stack reads, so that replies, appointments, consents, tasks and rungs
agree about what day it is. The offset only ever grows: what has happened cannot come to lie in the future.
"""

import json
import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_Stamp = tuple[int, int, int]


class ClockError(Exception):
    """The practice clock's file is broken, or somebody asked it to run backwards."""


class _PracticeClock:
    """The offset of one file, read again whenever the file has changed."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._stamp: _Stamp | None = None
        self._offset = timedelta(0)

    def offset(self) -> timedelta:
        if self.path is None:
            return self._offset
        try:
            seen = os.stat(self.path)
        except FileNotFoundError:
            return self._offset
        # With the inode, because two replacements can fall within one tick of the file system's clock.
        stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if stamp != self._stamp:
            # A file put back to an earlier offset is not followed: this process has already lived later.
            self._offset = max(self._offset, _read(self.path))
            self._stamp = stamp
        return self._offset


_clock = _PracticeClock(None)


def use_file(path: Path | None) -> None:
    """Read the offset from this file from now on (``None``: the wall clock alone)."""
    global _clock
    _clock = _PracticeClock(path)


def offset() -> timedelta:
    """How far the practice clock runs ahead of the wall clock; zero in production."""
    return _clock.offset()


def now() -> datetime:
    """The instant it is in care, as an aware UTC datetime."""
    return datetime.now(UTC) + _clock.offset()


def real() -> datetime:
    """The wall clock, whatever practice time it is. For sign-in alone: no jump of practice time ends a session."""
    return datetime.now(UTC)


def set_offset(path: Path, value: timedelta) -> None:
    """Write the offset for every process that reads this file; all see it at their next look.

    Raises ClockError when the offset would shrink.
    """
    before = _read(path) if path.exists() else timedelta(0)
    if value < before:
        raise ClockError(f"the practice clock never runs backwards: offset {value} is less than {before}")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"offset_seconds": value.total_seconds()}, file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def local_date(instant: datetime) -> date:
    """The calendar day in London at an instant."""
    return instant.astimezone(LONDON).date()


def _read(path: Path) -> timedelta:
    try:
        body = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
        return timedelta(seconds=float(cast("float", body["offset_seconds"])))
    except (ValueError, KeyError, TypeError) as error:
        raise ClockError(f'{path} is not a practice clock file: expected {{"offset_seconds": number}}') from error
