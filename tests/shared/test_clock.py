"""The practice clock: one file, many readers, and never backwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from shared import clock


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    before = clock._clock  # pyright: ignore[reportPrivateUsage]
    clock.use_file(tmp_path / "clock.json")
    yield tmp_path / "clock.json"
    clock._clock = before  # pyright: ignore[reportPrivateUsage]


def test_without_a_file_it_is_the_wall_clock(file: Path) -> None:
    assert clock.offset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.now().tzinfo is UTC


def test_an_offset_is_seen_at_the_next_look(file: Path) -> None:
    clock.set_offset(file, timedelta(days=40))
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=40)) < timedelta(seconds=1)
    for days in range(41, 60):  # quick successive writes of the same size are all seen
        clock.set_offset(file, timedelta(days=days))
        assert clock.offset() == timedelta(days=days)


def test_the_offset_never_shrinks(file: Path) -> None:
    clock.set_offset(file, timedelta(days=2))
    with pytest.raises(clock.ClockError, match="never runs backwards"):
        clock.set_offset(file, timedelta(days=1))
    assert clock.offset() == timedelta(days=2)


def test_a_process_that_lived_later_does_not_go_back(file: Path) -> None:
    clock.set_offset(file, timedelta(days=2))
    assert clock.offset() == timedelta(days=2)
    file.write_text('{"offset_seconds": 60}')
    assert clock.offset() == timedelta(days=2)
    file.unlink()
    assert clock.offset() == timedelta(days=2)


def test_a_broken_file_is_named(file: Path) -> None:
    file.write_text("tomorrow")
    with pytest.raises(clock.ClockError, match=str(file)):
        clock.now()


def test_writing_leaves_nothing_beside_the_file(file: Path) -> None:
    clock.set_offset(file, timedelta(hours=1))
    assert os.listdir(file.parent) == [file.name]


def test_another_process_reads_the_same_time(file: Path) -> None:
    clock.set_offset(file, timedelta(days=100))
    code = f"from pathlib import Path; from shared import clock; clock.use_file(Path({str(file)!r})); "
    out = subprocess.run(
        [sys.executable, "-c", code + "print(clock.now().isoformat())"], capture_output=True, text=True, check=True
    ).stdout
    assert abs(datetime.fromisoformat(out.strip()) - clock.now()) < timedelta(seconds=20)


def test_the_local_day_is_londons() -> None:
    assert clock.local_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)  # summer: an hour ahead
    assert clock.local_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)
