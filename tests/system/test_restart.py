"""The stack stops, or its supervisor dies in the middle of work: started again, every plan and referral goes on."""

import asyncio
import signal
import sys
from uuid import uuid4

import psutil
import pytest

from deploy import children
from deploy.demo.setting import Setting, setting
from deploy.ports import Ports
from deploy.stack import ENGINES, SERVICES, WORKER
from tests.processes import running
from tests.system import truth
from tests.system.conftest import Home, MakeScene, worker_of
from tests.system.work import Person, answer, command, fired, meet, reached, refer, register_person, shown


async def test_stopped_and_started_it_goes_on(home: Home, make_scene: MakeScene) -> None:
    team = uuid4()
    scene = await make_scene(team)
    person = await register_person(scene)
    referral = await refer(scene, person)
    await shown(scene, referral, stage="sent")
    before = await scene.board_row(person.plan)
    await home.stack.stop()
    assert not [pid for pid in home.stack.pids.values() if pid is not None]
    await home.start()
    async with setting(home.stack, team, worker_of(team)) as after:
        after.cast.services = home.services
        assert await after.board_row(person.plan) == before
        await _goes_on(after, person, referral)
        await truth.check(after)


async def test_killed_the_supervisor_leaves_nothing_that_the_next_does_not_end(home: Home) -> None:
    """The data folder is handed to `alongside up`, which is killed while three people's work is under way."""
    team = uuid4()
    await home.stack.stop()
    base = Ports.free().console
    kept, home.ports = home.ports, Ports.fixed(base)
    home.stack = home.made()
    ups: list[asyncio.subprocess.Process] = []
    try:
        ups.append(await _up(home, base))
        async with setting(home.stack, team, worker_of(team)) as during:
            during.cast.services = home.services
            work = [asyncio.create_task(_work(during)) for _ in range(3)]
            await asyncio.sleep(1.5)
            pids = _children(ups[0].pid)
            assert len(pids) >= len((*ENGINES, *SERVICES, WORKER))
            ups[0].kill()
            await ups[0].wait()
            ups.append(await _up(home, base))
            alive = running(pids)
            assert not alive, [psutil.Process(pid).cmdline() for pid in alive]
            people = await asyncio.gather(*work)
            for person in people:
                await _goes_on(during, person, person.referrals[0])
            await truth.check(during)
        ups[-1].send_signal(signal.SIGINT)
        assert await asyncio.wait_for(ups[-1].wait(), 60) == 0
    finally:
        for up in ups:
            if up.returncode is None:
                up.kill()
                await up.wait()
        home.ports = kept
        await home.start()


async def _work(scene: Setting) -> Person:
    person = await register_person(scene)
    await refer(scene, person)
    for _ in range(3):
        await meet(scene, person)
    return person


async def _goes_on(scene: Setting, person: Person, referral: str) -> None:
    """Step, answer and meeting reach where they should."""
    await command(scene, referral, "escalate_now")
    await shown(scene, referral, level=1)
    await answer(scene, referral, "accept")
    await shown(scene, referral, stage="accepted")
    await reached(scene, referral, "accepted")
    assert [step["action"] for step in await fired(scene, referral)] == ["remind_agency"]
    await meet(scene, person)


async def _up(home: Home, base: int) -> asyncio.subprocess.Process:
    """`alongside up`, ready."""
    process = await children.begin(
        sys.executable,
        *("-m", "deploy.cli", "up", "--data", str(home.folder), "--port-base", str(base)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    async for line in process.stdout:
        said.append(line.decode(errors="replace").rstrip())
        if said[-1].startswith("next:"):
            # It goes on talking when children die; nobody must make it wait.
            process.reading = asyncio.create_task(process.stdout.read())  # type: ignore[attr-defined]
            return process
    pytest.fail(f"it ended: {said}")


def _children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
