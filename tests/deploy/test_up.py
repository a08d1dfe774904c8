"""`alongside up` and what goes with it, as a person at a terminal meets them: the whole stack, from outside."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.stack import ENGINES, MEMBERS, SERVICES
from tests.folders import new_folder
from tests.processes import running

PROCESSES = {*ENGINES, *MEMBERS, "worker"}


class Up:
    """One running `alongside up`."""

    def __init__(self, folder: Path, base: int) -> None:
        self.folder, self.ports = folder, Ports.fixed(base)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up", "--data", str(folder), "--port-base", str(base)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.said: list[str] = []

    def until(self, words: str) -> None:
        """Read on until a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {self.said}")

    def pids(self) -> list[int]:
        return [row["pid"] for row in json.loads((self.folder / "run" / "processes.json").read_text())]


@pytest.fixture(scope="module")
def base() -> int:
    return Ports.free().console


@pytest.fixture(scope="module")
def up(base: int) -> Iterator[list[Up]]:
    """The `up`s of this file, last one running; the tests build on one another to start the stack only twice."""
    folder = new_folder("alongside-up-")
    runs = [Up(folder / "data", base)]
    runs[0].until("next:")
    yield runs
    for run in runs:
        with run.process:
            if run.process.poll() is None:
                run.process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )


def _status(folder: Path) -> dict[str, Any]:
    return json.loads(_run("status", "--json", "--data", str(folder)).stdout)


def test_it_tells_where_everything_is(up: list[Up]) -> None:
    text = "\n".join(up[-1].said)
    for service in SERVICES:
        address = f"http://127.0.0.1:{getattr(up[-1].ports, service)}"
        assert address in text
        assert httpx.get(f"{address}/readyz", trust_env=False).json() == {
            "service": service,
            "ready": True,
            "missing": [],
        }


def test_the_first_run_says_how_to_become_its_administrator(up: list[Up]) -> None:
    """The link itself is for a terminal: what it writes here may be kept for longer than the link should be."""
    said = "\n".join(up[-1].said)
    assert f"`alongside admin-link --data {up[-1].folder}`" in said and "/begin/" not in said
    link = _run("admin-link", "--data", str(up[-1].folder)).stdout.strip()
    # Looking at it uses nothing up; a newer one takes its place.
    assert "Make the administrator" in httpx.get(link, trust_env=False).text
    newer = _run("admin-link", "--data", str(up[-1].folder)).stdout.strip()
    assert httpx.get(link, trust_env=False).status_code == 404
    assert httpx.get(newer, trust_env=False).status_code == 200


def test_what_it_writes_is_for_its_owner_alone(up: list[Up]) -> None:
    found = [path for path in up[-1].folder.rglob("*") if path.is_file() and path.name != "practice-clock.json"]
    assert found and not [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_only_migrations_are_given_the_password_of_the_owner(up: list[Up]) -> None:
    owner = DataFolder(up[-1].folder).secrets().owner
    for pid in up[-1].pids():
        assert owner not in " ".join(psutil.Process(pid).environ().values())


def test_restart_starts_one_process_again_and_leaves_the_others(up: list[Up]) -> None:
    before = {name: row["pid"] for name, row in _status(up[-1].folder)["processes"].items()}
    done = _run("restart", "casework", "--data", str(up[-1].folder))
    assert done.returncode == 0, done.stderr
    after = {name: row["pid"] for name, row in _status(up[-1].folder)["processes"].items()}
    assert {name for name in before if before[name] != after[name]} == {"casework"}
    assert done.stdout.startswith("casework was restarted and answers again after")
    assert f"(pid {after['casework']})" in done.stdout
    up[-1].until("casework is back")
    refused = _run("restart", "king", "--data", str(up[-1].folder))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "there is no process 'king': choose from " in refused.stderr


def test_a_health_check_says_yes(up: list[Up]) -> None:
    for name in (*MEMBERS, "worker"):
        port = str(getattr(up[-1].ports, name))
        done = _run("healthy", name, **{f"ALONGSIDE_{name.upper()}_PORT": port})
        assert (done.returncode, done.stderr) == (0, "")


def test_status_says_that_all_is_up_and_nothing_waits(up: list[Up]) -> None:
    done = _run("status", "--json", "--data", str(up[-1].folder))
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["ok"] is True
    assert report["supervised"] is True
    assert report["processes"].keys() == PROCESSES
    assert all(row["up"] and row["ready"] and row["since"] for row in report["processes"].values())
    assert (report["plans_open"], report["referrals_open"]) == (0, 0)
    assert report["workflows_running"] is not None
    assert report["dead_letters"] == dict.fromkeys(SERVICES, 0)
    assert all(box["to_publish"] == box["to_dispatch"] == 0 for box in report["outbox"].values())
    assert report["sleeping_too_long"] == []
    assert "open plans: 0" in _run("status", "--data", str(up[-1].folder)).stdout


def test_a_token_opens_the_services(up: list[Up]) -> None:
    token = _run("token", "--as", "supervisor", "--data", str(up[-1].folder)).stdout.strip()
    board = f"http://127.0.0.1:{up[-1].ports.casework}/board"
    assert httpx.get(board, trust_env=False).status_code == 401
    answer = httpx.get(board, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == 200, answer.text


def test_an_unknown_role_is_refused_by_name(up: list[Up]) -> None:
    done = _run("token", "--as", "king", "--data", str(up[-1].folder))
    assert done.returncode == 1
    assert "there is no role 'king'" in done.stderr
    assert "supervisor" in done.stderr


def test_a_second_up_on_the_same_folder_is_refused(up: list[Up]) -> None:
    done = _run("up", "--data", str(up[-1].folder), "--port-base", "31500")
    assert done.returncode == 1
    assert f"is in use by process {up[-1].process.pid}" in done.stderr


@pytest.mark.parametrize("name", ["intake", "worker", "nats"])
def test_a_killed_process_comes_back(up: list[Up], name: str) -> None:
    before = _status(up[-1].folder)["processes"][name]["pid"]
    os.kill(before, signal.SIGKILL)
    up[-1].until("was ended by SIGKILL")
    up[-1].until("is back")
    assert _status(up[-1].folder)["processes"][name]["pid"] != before


def test_killed_itself_it_leaves_nothing_that_the_next_one_does_not_end(up: list[Up], base: int) -> None:
    pids = up[-1].pids()
    assert len(pids) == len(PROCESSES)
    up[-1].process.kill()
    up[-1].process.wait()
    up.append(Up(up[-1].folder, base))
    up[-1].until("next:")
    assert not running(pids)
    limit = time.monotonic() + 60
    while problems := _status(up[-1].folder)[
        "problems"
    ]:  # who leads is settled once the ends of the killed are noticed
        assert time.monotonic() < limit, problems


def test_ctrl_c_stops_everything_in_order(up: list[Up]) -> None:
    pids = up[-1].pids()
    up[-1].process.send_signal(signal.SIGINT)
    up[-1].until("stopping ...")
    for more in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # while it stops
        up[-1].process.send_signal(more)
    up[-1].until("stopped")
    assert up[-1].process.wait(30) == 0
    limit = time.monotonic() + 2
    while running(pids) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not running(pids)
    report = _status(up[-1].folder)
    assert report["ok"] is False
    assert report["supervised"] is False
    assert report["plans_open"] is None
