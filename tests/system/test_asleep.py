"""A machine that sleeps: everything stops at once, or an engine alone, and goes on where it was."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from deploy.demo.setting import Setting
from tests.system.conftest import Home
from tests.system.work import answer, command, fired, meet, reached, refer, register_person, shown

# Longer than any of our own patience with an engine, so that whoever asked has given up by then.
SECONDS = 12


@asynccontextmanager
async def asleep(home: Home, names: Collection[str]) -> AsyncIterator[None]:
    """Stop these processes where they stand; let them go on afterwards."""
    pids = [pid for name, pid in home.stack.pids.items() if name in names and pid is not None]
    assert len(pids) == len(names)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("who", ["all", "postgres", "temporal"])
async def test_work_that_was_under_way_is_done_once_after_it(home: Home, scene: Setting, who: str) -> None:
    people = [await register_person(scene) for _ in range(3)]
    referrals = [await refer(scene, each) for each in people]
    for referral in referrals:
        await shown(scene, referral, stage="sent", level=0)
    async with asleep(home, home.stack.pids if who == "all" else [who]):
        # A command and a contact are on their way meanwhile; their callers ask again, as a client program does.
        under_way = [
            asyncio.create_task(command(scene, referrals[0], "escalate_now")),
            asyncio.create_task(meet(scene, people[1])),
        ]
        await asyncio.sleep(SECONDS)
    await asyncio.gather(*under_way)
    for referral in referrals[1:]:
        await command(scene, referral, "escalate_now")
    for referral in referrals:
        await shown(scene, referral, level=1)
        assert [step["action"] for step in await fired(scene, referral)] == ["remind_agency"]
    await answer(scene, referrals[0], "accept")
    await reached(scene, referrals[0], "accepted")
