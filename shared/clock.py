"""The only clock of care.

In production the clock is the wall clock. On a demo or rehearsal stack it is the wall clock plus an offset kept in
one small file that every process of the stack reads, so that replies, appointments, consents, tasks and rungs
agree about the date. Invariant: the offset never shrinks, so no recorded instant comes to lie in the future.
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
    """The file of the practice clock is broken, or the clock was asked to run backwards."""


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
        # The inode is part of the stamp because two replacements can fall within one tick of the file system's clock.
        stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if stamp != self._stamp:
            # An earlier offset is not applied: this process has already recorded later instants.
            self._offset = max(self._offset, _read(self.path))
            self._stamp = stamp
        return self._offset


_clock = _PracticeClock(None)


def use_file(path: Path | None) -> None:
    """Read the offset from this file from now on (``None``: use the wall clock alone)."""
    global _clock
    _clock = _PracticeClock(path)


def offset() -> timedelta:
    """Return how far the practice clock is ahead of the wall clock; zero in production."""
    return _clock.offset()


def now() -> datetime:
    """Return the current instant of care as an aware UTC datetime."""
    return datetime.now(UTC) + _clock.offset()


def real() -> datetime:
    """Return the wall clock without the offset. For sign-in alone: no jump of practice time ends a session."""
    return datetime.now(UTC)


def set_offset(path: Path, value: timedelta) -> None:
    """Write the offset for every process that reads this file; each applies it the next time it reads the clock.

    Raise ClockError when the offset would shrink.
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
    """Return the calendar day in London at an instant."""
    return instant.astimezone(LONDON).date()


def _read(path: Path) -> timedelta:
    try:
        body = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
        return timedelta(seconds=float(cast("float", body["offset_seconds"])))
    except (ValueError, KeyError, TypeError) as error:
        raise ClockError(f'{path} is not a practice clock file: expected {{"offset_seconds": number}}') from error
