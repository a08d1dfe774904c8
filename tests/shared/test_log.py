"""Logs: fields by allow-list, and nothing that a person said or is called."""

import errno
import gc
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from shared import clock, log
from shared.access.roles import Role
from shared.context import set_correlation
from shared.ids import new_id


class Lines:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.capsys.readouterr().err.splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning
    log.configure("intake", "INFO")
    with warnings.catch_warnings(action="always"):
        yield Lines(capsys)
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_says_what_when_who_and_under_which_id(lines: Lines) -> None:
    set_correlation("c-1")
    person = new_id()
    log.get(part="relay").info("published", person_id=person, count=2, role=Role.WORKER, duration_ms=1.5)
    (line,) = lines.read()
    assert line.pop("time")
    assert line == {
        "event": "published",
        "level": "info",
        "service": "intake",
        "part": "relay",
        "correlation_id": "c-1",
        "person_id": str(person),
        "count": 2,
        "role": "worker",
        "duration_ms": 1.5,
    }


def test_other_fields_are_dropped_and_counted(lines: Lines) -> None:
    log.get().info("met", name="Canary", note="Canary", person_id={"name": "Canary"}, ids=[b"Canary"])
    (line,) = lines.read()
    assert line["dropped"] == 4
    assert "Canary" not in json.dumps(line)


def test_an_error_is_named_and_placed_but_not_quoted(lines: Lines) -> None:
    try:
        raise ValueError("Canary was here")
    except ValueError:
        log.get().exception("broken")
    try:
        raise KeyError("Canary")
    except KeyError as error:
        log.get().error("broken", exc_info=error)
    written = lines.read()
    assert [line["error_type"] for line in written] == ["ValueError", "KeyError"]
    assert all("test_log.py" in line["where"] for line in written)
    assert "Canary" not in json.dumps(written)


def test_library_records_keep_their_template_only(lines: Lines) -> None:
    logger = logging.getLogger("some.library")
    logger.warning("connecting to %s failed", "Canary")
    logger.error("task died\nfuture: <Canary>")
    try:
        raise RuntimeError("Canary")
    except RuntimeError:
        logger.exception("failed")
    written = lines.read()
    assert [line["event"] for line in written] == ["connecting to %s failed", "task died", "failed"]
    assert written[2]["error_type"] == "RuntimeError" and written[0]["logger"] == "some.library"
    assert "Canary" not in json.dumps(written)


def test_what_python_would_print_itself_is_a_line_too(lines: Lines) -> None:
    class Ends:
        def __del__(self) -> None:
            raise ValueError("Canary")

    def die() -> None:
        raise LookupError("Canary")

    warnings.warn("Canary", DeprecationWarning, stacklevel=1)
    ends = [Ends()]
    ends.clear()
    gc.collect()
    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    sys.excepthook(KeyError, KeyError("Canary"), None)
    written = lines.read()
    assert [line["error_type"] for line in written] == ["DeprecationWarning", "ValueError", "LookupError", "KeyError"]
    assert "Canary" not in json.dumps(written)


def test_a_full_disk_loses_lines_and_nothing_else(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with open("/dev/full", "w") as full, open(tmp_path / "log", "a") as file:
        monkeypatch.setattr(sys, "stderr", full)
        for _ in range(3):
            log.get().warning("no room")
        logging.getLogger("some.library").warning("no room")
        monkeypatch.setattr(sys, "stderr", file)
        log.get().warning("room again")
        log.get().warning("as ever")
    written = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["event"] for line in written] == ["room again", "log lines were lost", "as ever"]
    assert written[1]["count"] == 4


def test_a_line_that_was_cut_off_is_finished_before_the_next(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, room = os.write, 10

    def narrow(handle: int, text: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, "")
        written = real(handle, text[:room])
        room -= written
        return written

    with open(tmp_path / "log", "a") as file:
        monkeypatch.setattr(sys, "stderr", file)
        monkeypatch.setattr(os, "write", narrow)
        log.get().warning("first")
        log.get().warning("second")
        monkeypatch.setattr(os, "write", real)
        log.get().warning("third")
    written = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["event"] for line in written] == ["first", "third", "log lines were lost"]
    assert written[2]["count"] == 1


def test_a_practice_clock_that_cannot_be_read_costs_no_line(lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("torn")
    clock.use_file(tmp_path / "clock")
    try:
        log.get().warning("still said")
    finally:
        clock.use_file(None)
    assert [line["event"] for line in lines.read()] == ["still said"]


def test_the_level_is_kept(lines: Lines) -> None:
    log.get().debug("quiet")
    assert lines.read() == []
