"""A command that is interrupted, whenever and however often, leaves no process, no folder and no traceback."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy import throwaway
from tests.processes import running

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
            process_group=0,
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
    assert not list(tmp_path.iterdir()) and not running([pid])


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
    started = _all_of(process)
    process.send_signal(number)
    process.send_signal(number)
    _, error = process.communicate(timeout=120)
    assert process.returncode in (128 + number, -number), error
    _nothing_is_left(tmp_path, started, error)


@pytest.mark.parametrize(
    ("words", "until"),
    [
        (("bench", "--only", "footprint"), "logs"),
        # A process that the stack itself knows nothing of: the bare one beside it, the second one of a service.
        (("bench", "--only", "hop"), "logs/bench-watch.log"),
        (("chaos", "--minutes", "1"), "logs/casework-2.log"),
        (("travel",), "deploy"),
        (("reconcile",), "deploy"),
        (("migrate",), "deploy"),
        (("import-directory", "none.json"), "deploy"),
    ],
)
def test_other_commands_end_without_a_traceback(
    begin: Begin, tmp_path: Path, words: tuple[str, ...], until: str
) -> None:
    process = begin("-m", "deploy.cli", *words)
    _reached(process, tmp_path, until)
    started = _all_of(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=120)
    _nothing_is_left(tmp_path, started, error)


@pytest.mark.parametrize("until", ["a child", "postgres.new"])
def test_ctrl_c_at_a_terminal_is_for_the_command_alone(begin: Begin, tmp_path: Path, until: str) -> None:
    """A terminal sends it to all of a process group: a child that took it too would be the reason of the end."""
    process = begin("-m", "deploy.cli", "demo")
    _reached(process, tmp_path, until)
    started = _all_of(process)
    assert started and not _in_the_group_of(process, started)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert error == "alongside: stopped by SIGINT, nothing is left running\n"
    _nothing_is_left(tmp_path, started, error)


def test_a_folder_that_somebody_still_writes_to_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    removes, late = shutil.rmtree, ["a line of a log", "another"]

    def removed(path: Path, **options: bool) -> None:
        removes(path, **options)
        if late:
            path.mkdir()
            (path / late.pop()).touch()

    monkeypatch.setattr(shutil, "rmtree", removed)
    with throwaway.folder("alongside-test-") as folder:
        (folder / "file").touch()
    assert not folder.exists() and not late
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_removed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda path, ignore_errors: None)
    throwaway.remove(tmp_path)
    assert capsys.readouterr().err == f"alongside: {tmp_path} could not be removed, remove it by hand\n"


def _all_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """List the processes that a command has started so far."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _has_begun(process: "subprocess.Popen[str]") -> bool:
    """Whether it has gone on from the start of Python itself, where Ctrl-C is an exception in whatever runs then.

    Python ignores PIPE first and catches INT next; our first line gives INT back to the system.
    """
    with open(f"/proc/{process.pid}/status") as status:
        words = dict(line.rstrip().partition(":\t")[::2] for line in status)
    ignored, caught = (int(words[name], 16) for name in ("SigIgn", "SigCgt"))
    return bool(ignored >> (signal.SIGPIPE - 1) & 1) and not caught >> (signal.SIGINT - 1) & 1


def _in_the_group_of(process: "subprocess.Popen[str]", children: list[psutil.Process]) -> list[psutil.Process]:
    """List the children that a signal to this process's group would reach.

    A new child is in it between its fork and its first steps, where it shares our handlers and is not yet a program.
    """
    limit = time.monotonic() + 60
    while reached := [child for child in children if _group_of(child) == process.pid]:
        if time.monotonic() > limit:
            break
        time.sleep(0.01)
    return reached


def _group_of(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid) if process.is_running() else None
    except ProcessLookupError:
        return None


def _nothing_is_left(folder: Path, started: list[psutil.Process], error: str) -> None:
    assert "Traceback" not in error and "Unknown child" not in error
    assert not list(folder.iterdir())
    assert not running(child.pid for child in started if child.is_running())
    assert not [
        found for found in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(found.info["cmdline"] or [])
    ]


def _reached(process: "subprocess.Popen[str]", folder: Path, until: str) -> None:
    """Wait until a command has come so far: its first line run, its program loaded, a child started, a file there."""
    limit = time.monotonic() + 200
    while process.poll() is None:
        assert time.monotonic() < limit
        if until == "":
            if _has_begun(process):
                return
        elif until == "deploy":
            with open(f"/proc/{process.pid}/maps") as maps:
                if "psutil" in (loaded := maps.read()) or "_ssl" in loaded:
                    return
        elif until == "a child":
            if _all_of(process):
                return
        elif list(folder.glob(f"*/{until}")) or list(folder.glob(f"*/*/{until}")):
            return
        time.sleep(0.01)
