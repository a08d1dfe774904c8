"""A command that is interrupted, whenever and however often, leaves no process, no folder and no traceback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Begin = Callable[..., "subprocess.Popen[str]"]


def _as_at_a_terminal() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL if number is not signal.SIGINT else signal.default_int_handler)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Start a command whose throw-away folders go into a folder of this test."""
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            # Whoever runs the tests behind `nohup` has HUP ignored in all that they start.
            preexec_fn=_as_at_a_terminal,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", [None, *SIGNALS])
def test_the_clean_up_is_done_once_and_to_its_end(
    begin: Begin, tmp_path: Path, first: signal.Signals, second: signal.Signals | None
) -> None:
    process = begin(str(HERE / "interrupted.py"), "for ever")
    assert process.stdout is not None
    pid = int(process.stdout.readline().split()[1])
    process.send_signal(first)
    assert process.stdout.readline() == "cleaning\n"
    if second is not None:
        for _ in range(3):
            process.send_signal(second)
    said, error = process.communicate(timeout=60)
    assert process.returncode == 128 + first
    assert (said, error) == ("", f"alongside: stopped by {first.name}, nothing is left running\n")
    assert not list(tmp_path.iterdir()) and not psutil.pid_exists(pid)


def test_what_is_meant_to_be_stopped_so_ends_well(begin: Begin) -> None:
    process = begin(str(HERE / "interrupted.py"), "until asked")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    said, error = process.communicate(timeout=60)
    assert (process.returncode, said, error) == (0, "cleaning\nended by itself\n", "")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("until", ["", "deploy", "logs", "postgres.new", "postgres"])
def test_a_demo_cut_off_while_it_starts(begin: Begin, tmp_path: Path, number: signal.Signals, until: str) -> None:
    """Cut off while it loads, makes its folder, makes its database, starts its servers."""
    process = begin("-m", "deploy.cli", "demo")
    _reached(process, tmp_path, until)
    process.send_signal(number)
    time.sleep(0.1)
    if process.poll() is None:
        process.send_signal(number)
    _, error = process.communicate(timeout=120)
    assert process.returncode in (128 + number, -number), error
    assert "Traceback" not in error and "Unknown child" not in error
    assert not list(tmp_path.iterdir())
    assert not [
        found for found in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(found.info["cmdline"] or [])
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "--only", "footprint"),
        ("chaos", "--minutes", "1"),
        ("travel",),
        ("reconcile",),
        ("migrate",),
        ("import-directory", "none.json"),
    ],
)
def test_other_commands_end_without_a_traceback(begin: Begin, tmp_path: Path, words: tuple[str, ...]) -> None:
    process = begin("-m", "deploy.cli", *words)
    _reached(process, tmp_path, "logs" if words[0] in ("bench", "chaos") else "deploy")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert "Traceback" not in error and "Unknown child" not in error
    assert not list(tmp_path.iterdir())


def _reached(process: "subprocess.Popen[str]", folder: Path, until: str) -> None:
    """Wait until a command has come so far: its program loaded, or a folder of its stack is there."""
    limit = time.monotonic() + 60
    while process.poll() is None:
        assert time.monotonic() < limit
        if until in ("", "deploy"):
            with open(f"/proc/{process.pid}/maps") as maps:
                if not until or "psutil" in (loaded := maps.read()) or "_ssl" in loaded:
                    return
        elif list(folder.glob(f"*/{until}")) or list(folder.glob(f"*/*/{until}")):
            return
        time.sleep(0.01)
