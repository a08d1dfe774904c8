from collections.abc import AsyncIterator, Iterator

import pytest

from services.intake.app import service
from shared import clock, log
from shared.settings import Settings
from tests.conftest import MakeDatabase
from tests.intake.world import World


@pytest.fixture(autouse=True)
def _our_log() -> None:
    log.configure("intake", "ERROR")


@pytest.fixture
async def world(settings: Settings, database_of: MakeDatabase) -> AsyncIterator[World]:
    """An empty intake of two teams."""
    await database_of("intake")
    async with World.opened(service(), settings) as world:
        yield world


@pytest.fixture
def jump(settings: Settings) -> Iterator[object]:
    """`jump(timedelta)`: the practice clock goes forward, for good in this test process."""
    path = settings.practice_clock_file
    assert path is not None
    clock.use_file(path)

    def forward(by: object) -> None:
        clock.set_offset(path, clock.offset() + by)  # type: ignore[operator]

    yield forward
