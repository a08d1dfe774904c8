"""A copy of a data folder, tried out beside the running original: nothing of the original is touched."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy import control
from deploy.errors import StackError
from deploy.folder import DataFolder
from deploy.stack import Stack
from deploy.supervisor import Supervisor


@contextmanager
def _copied(engines: Stack, name: str) -> Iterator[Path]:
    """As an operator makes one: hot, with records, lock files and sockets in it."""
    with psycopg.connect(**engines.superuser(), autocommit=True) as server:  # type: ignore[arg-type]
        server.execute("CHECKPOINT")
    copied = engines.folder.path.with_name(name)
    subprocess.run(["cp", "-a", str(engines.folder.path), str(copied)], check=False, capture_output=True)
    try:
        yield copied
    finally:
        shutil.rmtree(copied)


@pytest.fixture(scope="module")
def untouched(engines: Stack) -> Iterator[Path]:
    """A copy that nobody starts."""
    with _copied(engines, "untouched") as copied:
        yield copied


async def test_a_copy_runs_beside_its_original(engines: Stack) -> None:
    with _copied(engines, "copy") as copy:
        await _runs_beside(engines, copy)


async def _runs_beside(engines: Stack, copy: Path) -> None:
    before = {name: psutil.Process(pid).create_time() for name, pid in engines.pids.items() if pid}
    pids = dict(engines.pids)
    said: list[str] = []
    beside = Stack(copy, durable=False, say=said.append)
    try:
        await beside.start_engines()
        assert not said
        # Each has its own processes, and its own way to be asked for something.
        assert all(beside.pids.values()) and not set(beside.pids.values()) & set(pids.values())
        answer = await control.ask(beside.folder.stack.parent, {"restart": "nats"})
        assert answer["pid"] == beside.pids["nats"] and engines.pids == pids
        assert beside.folder.practice_clock != engines.folder.practice_clock
    finally:
        await beside.stop()
    assert engines.pids == pids
    assert before == {name: psutil.Process(pid).create_time() for name, pid in pids.items() if pid}
    assert (await control.ask(engines.folder.stack.parent, {"restart": "nats"}))["pid"] == engines.pids["nats"]


@pytest.mark.parametrize(
    "words", [("status",), ("reconcile",), ("roll",), ("admin-link",), ("travel",), ("restart", "nats")]
)
def test_a_copy_that_was_not_started_speaks_to_nobody(engines: Stack, untouched: Path, words: tuple[str, ...]) -> None:
    """Its records tell of the original's ports, and its keys open the original's doors."""
    pids = dict(engines.pids)
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words, "--data", str(untouched)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "is a copy of a data folder" in done.stderr or "no stack runs on" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and engines.pids == pids


async def test_a_restart_of_nothing_is_refused_in_one_line(engines: Stack, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no process 'everything': choose from .*nats"):
        await control.ask(engines.folder.stack.parent, {"restart": "everything"})
    (tmp_path / "run").mkdir()
    with pytest.raises(StackError, match="no stack runs on"):
        await control.ask(tmp_path / "run", {"restart": "nats"})
    with pytest.raises(StackError, match="no stack was started on"):
        DataFolder(tmp_path).read_stack()


async def test_a_folder_with_a_very_long_path_can_be_asked(tmp_path: Path) -> None:
    """A socket's address holds a hundred characters."""
    folder = tmp_path / ("long" * 30) / "run"
    folder.mkdir(parents=True)
    async with control.listening(folder, Supervisor(folder / "processes.json", lambda _: None)):
        with pytest.raises(StackError, match="no process 'nats'"):
            await control.ask(folder, {"restart": "nats"})
    assert not list(folder.iterdir())
