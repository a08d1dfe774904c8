"""Children never outlive their supervisor unseen, come back when they die, and stop in order."""

import asyncio
import errno
import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy import children, left_overs, logs
from deploy.errors import ExitedEarly, StackError
from deploy.folder import identity
from deploy.program import Program
from deploy.stack import STOP_ORDER, Stack
from deploy.supervisor import Supervisor
from tests.processes import running

HERE = Path(__file__).parent


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(HERE / "engines_only.py"), str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        if process.poll() is None:
            process.kill()


def _pids(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("pids"):
            return [int(word) for word in line.split()[1:]]
    raise AssertionError("the engines did not start")


def _all_gone(pids: list[int], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not running(pids):
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
        assert not running([orphan.pid])
    finally:
        orphan.kill()


def test_a_pid_that_now_is_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "300"])
    try:
        file = tmp_path / "processes.json"
        row = {"name": "nats", "pid": stranger.pid, "started": 1.0, "stop": 15, "folder": identity(tmp_path)}
        file.write_text(json.dumps([row]))
        assert left_overs.end(file) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("copied", ["cp -a", "records without a folder"])
def test_the_records_of_a_copied_folder_end_nobody(tmp_path: Path, copied: str) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.mkdir()
    running = subprocess.Popen(["/bin/sleep", "300"])
    try:
        left_overs.remember(original / "processes.json", [(_program(tmp_path, ""), running.pid)])
        shutil.copytree(original, copy)
        if copied != "cp -a":
            rows = json.loads((copy / "processes.json").read_text())
            (copy / "processes.json").write_text(json.dumps([{**row, "folder": None} for row in rows]))
        assert left_overs.end(copy / "processes.json") == []
        assert running.poll() is None
        # Moved, it is still the same folder.
        original.rename(tmp_path / "elsewhere")
        assert left_overs.end(tmp_path / "elsewhere" / "processes.json") == ["child"]
    finally:
        running.kill()
        running.wait()


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


async def test_a_child_that_nobody_named_is_stopped_too(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None)
    child = await supervisor.start(_program(tmp_path, "import time; time.sleep(300)"))
    await supervisor.stop_all([["another"]])
    assert child.pid is None and child.watch is None


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


async def test_the_time_to_answer_counts_from_what_a_child_waits_for(tmp_path: Path) -> None:
    """A service waits for the migrations, however long they take; then it has its time, and its log says why."""
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None)
    migrated = asyncio.get_running_loop().create_future()
    code = "import time; print('waiting for the workflow engine', flush=True); time.sleep(300)"
    starting = asyncio.ensure_future(
        supervisor.start(_program(tmp_path, code, ready_after=60, ready_seconds=0.3), after=migrated)
    )
    done, _ = await asyncio.wait({starting}, timeout=1)
    assert not done
    migrated.set_result(None)
    with pytest.raises(StackError, match="did not answer in 0 s: waiting for the workflow engine"):
        await starting


async def test_a_child_that_ends_while_it_waits_is_told_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None)
    with pytest.raises(ExitedEarly, match="ended with exit code 4"):
        await supervisor.start(
            _program(tmp_path, "import sys; sys.exit(4)", ready_after=60),
            after=asyncio.get_running_loop().create_future(),
        )


async def test_a_child_deaf_to_its_stop_signal_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
    await supervisor.start(_program(tmp_path, code, ready_after=1, stop_seconds=0.5))
    await supervisor.stop_all([["child"]])
    assert supervisor.children["child"].process is not None
    assert supervisor.children["child"].process.returncode == -signal.SIGKILL
    assert said == ["the child did not stop in 0 s and is killed"]


async def test_a_child_that_answers_nothing_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    well = True

    async def alive(_: int) -> None:
        if not well:
            raise OSError

    supervisor = Supervisor(tmp_path / "processes.json", said.append, unwell_seconds=0.3)
    child = await supervisor.start(_program(tmp_path, "import time; time.sleep(300)", alive=alive))
    before = child.pid
    try:
        well = False
        await _until(lambda: child.pid not in (None, before))
        well = True
        await supervisor.wait_ready("child", 10)
        assert said[0].startswith("the child has answered nothing for") and said[0].endswith("and is ended")
        assert said[1:] == ["the child was ended by SIGTERM; starting it again in 0.2 s", "the child is back"]
    finally:
        await supervisor.stop_all([["child"]])


async def test_it_is_ended_ever_more_seldom_while_that_does_not_help(tmp_path: Path) -> None:
    said: list[str] = []

    async def alive(_: int) -> None:
        raise OSError

    supervisor = Supervisor(tmp_path / "processes.json", said.append, unwell_seconds=0.5)
    await supervisor.start(_program(tmp_path, "import time; time.sleep(300)", alive=alive))
    try:
        await _until(lambda: len(_silences(said)) >= 3, 60)
        first, second, third, *_ = _silences(said)
        assert 0.5 <= first < second < third
    finally:
        await supervisor.stop_all([["child"]])


async def test_a_child_that_lives_but_waits_for_another_is_left_alone(tmp_path: Path) -> None:
    """Started again while an engine is away, a service is not ready for long: it is asked whether it lives itself."""
    said: list[str] = []
    engine = asyncio.Event()
    engine.set()
    asked = 0

    async def ready(_: int) -> None:
        await engine.wait()

    async def alive(_: int) -> None:
        nonlocal asked
        asked += 1

    supervisor = Supervisor(tmp_path / "processes.json", said.append, unwell_seconds=0.1)
    program = _program(tmp_path, "import time; time.sleep(300)", alive=alive, ready=ready, ready_seconds=0.2)
    child = await supervisor.start(program)
    try:
        engine.clear()
        supervisor.kill("child")
        await _until(lambda: asked > 60)  # many times its patience
        assert child.restarts == 1 and child.pid is not None
        engine.set()
        await supervisor.wait_ready("child", 10)
        assert said == ["the child was ended by SIGKILL; starting it again in 0.2 s", "the child is back"]
    finally:
        await supervisor.stop_all([["child"]])


async def test_a_child_that_hangs_is_ended_although_it_hears_no_signal(tmp_path: Path) -> None:
    """Stopped in its tracks, as by SIGSTOP: it does not answer and does not hear TERM."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append, unwell_seconds=0.3)

    async def alive(pid: int) -> None:
        if psutil.Process(pid).status() == psutil.STATUS_STOPPED:
            raise TimeoutError

    child = await supervisor.start(_program(tmp_path, "import time; time.sleep(300)", alive=alive, stop_seconds=0.2))
    try:
        frozen = child.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        await _until(lambda: child.pid not in (None, frozen))
        await supervisor.wait_ready("child", 10)
        assert "the child was ended by SIGKILL; starting it again in 0.2 s" in said
    finally:
        await supervisor.stop_all([["child"]])


async def test_it_goes_on_when_it_can_write_and_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: no record, no line at the terminal, and for a while not even a new process."""
    monkeypatch.setattr("deploy.supervisor.KEEPING_SECONDS", 0.05)
    full, refused = False, 0
    remember, begin = left_overs.remember, children.begin

    def say(_: str) -> None:
        if full:
            raise OSError(errno.ENOSPC, "no space left on device")

    def remembered(*given: Any) -> None:
        say("")
        remember(*given)

    async def begun(*command: Any, **options: Any) -> Any:
        nonlocal refused
        if full and refused < 2:
            refused += 1
            raise OSError(errno.ENOMEM, "cannot allocate memory")
        return await begin(*command, **options)

    monkeypatch.setattr(left_overs, "remember", remembered)
    monkeypatch.setattr(children, "begin", begun)
    supervisor = Supervisor(tmp_path / "processes.json", say)
    child = await supervisor.start(_program(tmp_path, "import time; time.sleep(300)"))
    try:
        full = True
        for _ in range(2):
            supervisor.kill("child")
            await supervisor.wait_ready("child", 20)
        assert refused == 2
        full = False
        await _until(lambda: json.loads((tmp_path / "processes.json").read_text())[0]["pid"] == child.pid)
    finally:
        await supervisor.stop_all([["child"]])


async def test_a_log_is_cut_while_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.supervisor.KEEPING_SECONDS", 0.05)
    go = tmp_path / "go"
    code = f"""if 1:
        import os, time
        for number in range(2_000):
            print(number, 'x' * 90, flush=True)
        while not os.path.exists({str(go)!r}): time.sleep(0.01)
        print('after', flush=True)
        time.sleep(300)"""
    supervisor = Supervisor(tmp_path / "processes.json", lambda _: None, log_bytes=100_000)
    child = await supervisor.start(_program(tmp_path, code))
    log, old = tmp_path / "child.log", tmp_path / "child.log.1"
    try:
        pid = child.pid
        await _until(lambda: old.exists() and log.stat().st_size <= 100_000)
        go.touch()
        await _until(lambda: log.read_text().endswith("after\n"))
        assert child.pid == pid and old.stat().st_size >= 100_000
    finally:
        await supervisor.stop_all([["child"]])


def test_nothing_is_lost_by_cutting_and_one_old_part_is_kept(tmp_path: Path) -> None:
    path, old = tmp_path / "child.log", tmp_path / "child.log.1"
    with logs.opened(path) as log:
        for part in (b"first\n", b"second\n", b"third\n"):
            log.write(part)
            log.flush()
            assert not logs.cut(path, limit=10)
            log.write(part * 2)
            log.flush()
            assert logs.cut(path, limit=10)
            assert (old.read_bytes(), path.read_bytes()) == (part * 3, b"")
    assert {file.name for file in tmp_path.iterdir()} == {"child.log", "child.log.1"}


def test_without_room_to_make_a_log_the_process_runs_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with logs.opened(tmp_path / "file" / "child.log") as log:
        assert log.name == os.devnull


async def test_restart_ends_in_good_order_and_waits_until_it_answers(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append)
    child = await supervisor.start(_program(tmp_path, "import time; time.sleep(300)"))
    try:
        before = child.pid
        after = await supervisor.restart("child")
        assert after == child.pid != before and child.is_ready
        assert said[:2] == [
            "the child is restarted, as asked",
            "the child was ended by SIGTERM; starting it again in 0.2 s",
        ]
        with pytest.raises(StackError, match=r"no process 'nobody': choose from child"):
            await supervisor.restart("nobody")
    finally:
        await supervisor.stop_all([["child"]])


async def test_what_a_dying_process_answers_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    asked, answers = 0, asyncio.Event()
    answers.set()

    async def ready(_: int) -> None:
        nonlocal asked
        asked += 1
        await answers.wait()

    code = f"""
import pathlib, signal, time
here = pathlib.Path({str(tmp_path)!r})
def end(*_):
    (here / "stopping").touch()
    while not (here / "go").exists():
        time.sleep(0.01)
    raise SystemExit
signal.signal(signal.SIGTERM, end)
(here / "listens").touch()
time.sleep(300)
"""
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "processes.json", said.append, unwell_seconds=0.1)
    child = await supervisor.start(_program(tmp_path, code, ready=ready))
    try:
        await _until(lambda: (tmp_path / "listens").exists())
        (tmp_path / "listens").unlink()
        answers.clear()
        supervisor.kill("child")
        await _until(lambda: asked == 2 and (tmp_path / "listens").exists())
        second = child.pid
        restart = asyncio.create_task(supervisor.restart("child"))
        await _until(lambda: (tmp_path / "stopping").exists())
        answers.set()  # it still answers while it stops
        await _until(lambda: not any(task.get_name() == "look after child" for task in asyncio.all_tasks()))
        assert child.pid == second and not child.is_ready and not restart.done()
        (tmp_path / "go").touch()
        assert await restart != second
        assert said[-1] == "the child is back" and said.count("the child is back") == 1
    finally:
        (tmp_path / "go").touch()
        await supervisor.stop_all([["child"]])


@pytest.mark.parametrize("moment", range(6))
async def test_a_cancelled_start_leaves_no_process(moment: int, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it is cancelled, the child is ended and waited for: nobody else ever finds its exit code."""
    begun: list[int] = []

    async def children_of(command: str) -> None:
        await children.output_of("/bin/sh", "-c", command)

    tasks = [asyncio.ensure_future(children_of(command)) for command in ("exit 0", "sleep 300", "exec sleep 300")]
    for _ in range(moment):
        await asyncio.sleep(0)
    begun += [child.pid for child in psutil.Process().children(recursive=True) if child.name() in ("sh", "sleep")]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gc.collect()
    assert not running(begun)
    assert not caplog.records


def test_writers_stop_before_what_they_write_to() -> None:
    order = [name for group in STOP_ORDER for name in group]
    assert order.index("worker") < order.index("intake") < order.index("temporal") < order.index("postgres")


async def _until(condition: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        await asyncio.sleep(0.02)


def _silences(said: list[str]) -> list[float]:
    """For how long it had answered nothing each time that it was ended for it."""
    return [float(found[1]) for line in said if (found := re.search(r"answered nothing for ([\d.]+) s", line))]


def _program(
    folder: Path,
    code: str,
    *,
    name: str = "child",
    ready_after: float = 0.05,
    ready_seconds: float = 20,
    stop_seconds: float = 5,
    alive: Callable[[int], Awaitable[None]] | None = None,
    ready: Callable[[int], Awaitable[None]] | None = None,
) -> Program:
    return Program(
        name=name,
        title="the child",
        command=(sys.executable, "-c", code),
        log=folder / "child.log",
        ready=ready or (lambda _: asyncio.sleep(ready_after)),
        alive=alive,
        environment={"PATH": os.defpath},
        ready_seconds=ready_seconds,
        stop_seconds=stop_seconds,
    )
