"""One practice stack for every test here, and a team of its own for each: so each has a board and a journey of its own.

After each test an outsider compares what all databases, streams and workflows say (`truth`).
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.demo.api import Json
from deploy.demo.setting import Setting, setting
from deploy.errors import StackError
from deploy.ports import Ports
from deploy.stack import Stack
from shared import clock
from tests import begins
from tests.folders import new_folder
from tests.system import truth

MakeScene = Callable[..., Awaitable[Setting]]


class Home:
    """A data folder with fixed ports, and the stack that runs on it now."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, Ports.free()
        self.said: list[str] = []
        self.stack = self.made()
        self.services: dict[str, Json] = {}

    def made(self) -> Stack:
        # A folder that is no longer synced to disk still survives every death of a process. The server is one without
        # standalone activities, as most are: nothing here may need them.
        return Stack(
            self.folder,
            self.ports,
            practice_clock=True,
            durable=False,
            dynamic_config={"activity.enableStandalone": "false"},
            say=self.said.append,
        )

    async def start(self) -> None:
        try:
            self.ports.check()
        except StackError:  # another test process has taken one of them while nothing ran here
            self.ports = Ports.free()
        self.stack = self.made()
        await self.stack.start()


def worker_of(team: UUID) -> str:
    """A caseload counts over all teams of a worker, so each team here has a worker of its own."""
    return f"synthetic-mpc-{team}"


# For this package alone: the tests after it have the machine, and the clock, to themselves again.
@pytest.fixture(scope="package")
async def home() -> AsyncIterator[Home]:
    """The data folder, with everything running on it and the synthetic directory imported."""
    parent = new_folder("alongside-system-")
    found = Home(parent / "data")
    await found.start()
    begins.at_once(found.stack.folder.practice_clock)
    try:
        async with setting(found.stack) as first:
            await first.load_directory()
            found.services = first.cast.services
        yield found
    finally:
        await found.stack.stop()
        clock.use_file(None)
        shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
async def make_scene(home: Home) -> AsyncIterator[MakeScene]:
    """`await make_scene()`: callers, clock driver and cast of a new team."""
    async with AsyncExitStack() as opened:

        async def make(team: UUID | None = None) -> Setting:
            team = team or uuid4()
            found = await opened.enter_async_context(setting(home.stack, team, worker_of(team)))
            found.cast.services = home.services
            return found

        yield make


@pytest.fixture
async def scene(home: Home, make_scene: MakeScene) -> AsyncIterator[Setting]:
    """A team of its own. When the test is over, the outsider looks."""
    found = await make_scene()
    yield found
    await truth.check(found)
