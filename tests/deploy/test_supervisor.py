"""Children never outlive their supervisor unseen, come back when they die, and stop in order."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy import left_overs
from deploy.errors import ExitedEarly, StackError
from deploy.program import Program
from deploy.stack import STOP_ORDER, Stack
from deploy.supervisor import Supervisor

HERE = Path(__file__).parent


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "engines_only.py"), str(tmp_path / "data")], stdout=subprocess.PIPE, text=True
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def _pids(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("pids"):
            return [int(word) for word in line.split()[1:]]
    raise AssertionError("the engines did not start")


def _all_gone(pids: list[int], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_killed_supervisor_leaves_no_orphan_and_the_next_start_works(
    supervised: subprocess.Popen[str], tmp_path: Path
) -> None:
    engines = _pids(supervised)
    children = [child.pid for pid in engines for child in psutil.Process(pid).children(recursive=True)]
    supervised.kill()
    supervised.wait()
    assert _all_gone([*engines, *children], 10)

    again = Stack(tmp_path / "data", durable=False)
    asyncio.run(_once(again))


async def _once(stack: Stack) -> None:
    await stack.start_engines()
    assert all(stack.pids.values())
    await stack.stop()


def test_what_outlived_a_killed_supervisor_is_ended_at_the_next_start(tmp_path: Path) -> None:
    orphan = subprocess.Popen(["/bin/sleep", "300"])
    program = _program(tmp_path, "import time; time.sleep(300)", name="nats")
    left_overs.remember(tmp_path / "processes.json", [(program, orphan.pid)])
    try:
        assert left_overs.end(tmp_path / "processes.json") == ["nats"]
        assert not psutil.pid_exists(orphan.pid)
    finally:
        orphan.kill()


def test_a_pid_that_now_is_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "300"])
    try:
        file = tmp_path / "processes.json"
        file.write_text(f'[{{"name": "nats", "pid": {stranger.pid}, "started": 1.0, "stop": 15}}]')
        assert left_overs.end(file) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_terminated_supervisor_stops_everything(supervised: subprocess.Popen[str], tmp_path: Path) -> None:
    engines = _pids(supervised)
    supervised.terminate()
    assert supervised.wait(30) == 0
    assert _all_gone(engines, 1)
    assert not (tmp_path / "data" / "run" / "processes.json").exists()


async def test_a_dead_child_comes_back_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append)
    await supervisor.start(_program(tmp_path, "import time; time.sleep(300)"))
    try:
        killed = supervisor.kill("child")
        await supervisor.wait_ready("child", 10)
        assert supervisor.children["child"].pid not in (None, killed)
        assert supervisor.children["child"].restarts == 1
        assert said == ["the child was ended by SIGKILL; starting it again in 0.2 s", "the child is back"]
    finally:
        await supervisor.stop_all([["child"]])
    assert supervisor.children["child"].pid is None


async def test_a_child_that_keeps_dying_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append)
    flag = tmp_path / "works"
    flag.touch()
    code = f"import os, sys, time; time.sleep(300) if os.path.exists({str(flag)!r}) else sys.exit(3)"
    await supervisor.start(_program(tmp_path, code, ready_after=0.5))
    try:
        flag.unlink()
        supervisor.kill("child")
        limit = time.monotonic() + 15
        while not any("in 1 s" in line for line in said):
            assert time.monotonic() < limit, said
            await asyncio.sleep(0.05)
        flag.touch()
        await supervisor.wait_ready("child", 15)
        assert [line.rsplit(" in ", 1)[1] for line in said if " in " in line and "starting" in line][:3] == [
            "0.2 s",
            "0.5 s",
            "1 s",
        ]
    finally:
        await supervisor.stop_all([["child"]])


async def test_a_child_that_does_not_start_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None)
    with pytest.raises(ExitedEarly, match=r"the child ended with exit code 4: no such thing") as caught:
        await supervisor.start(
            _program(tmp_path, "import sys; print('no such thing', file=sys.stderr); sys.exit(4)", ready_after=30)
        )
    assert "\n" not in str(caught.value)
    assert supervisor.children["child"].pid is None


async def test_a_silent_child_is_given_up_and_ended(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None)
    with pytest.raises(StackError, match="did not answer in 1 s"):
        await supervisor.start(_program(tmp_path, "import time; time.sleep(300)", ready_after=60, ready_seconds=1))
    assert supervisor.children["child"].pid is None


async def test_a_child_deaf_to_its_stop_signal_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
    await supervisor.start(_program(tmp_path, code, ready_after=1, stop_seconds=0.5))
    await supervisor.stop_all([["child"]])
    assert supervisor.children["child"].process is not None
    assert supervisor.children["child"].process.returncode == -signal.SIGKILL
    assert said == ["the child did not stop in 0 s and is killed"]


def test_writers_stop_before_what_they_write_to() -> None:
    order = [name for group in STOP_ORDER for name in group]
    assert order.index("worker") < order.index("intake") < order.index("temporal") < order.index("postgres")


def _program(
    folder: Path,
    code: str,
    *,
    name: str = "child",
    ready_after: float = 0.05,
    ready_seconds: float = 20,
    stop_seconds: float = 5,
) -> Program:
    return Program(
        name=name,
        title="the child",
        command=(sys.executable, "-c", code),
        log=folder / "child.log",
        ready=lambda _: asyncio.sleep(ready_after),
        environment={"PATH": os.defpath},
        ready_seconds=ready_seconds,
        stop_seconds=stop_seconds,
    )
