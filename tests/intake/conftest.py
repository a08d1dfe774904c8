from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.intake.activities import Activities
from services.intake.app import create
from shared import clock, log
from shared.process import open_services
from shared.settings import Settings
from tests.conftest import MakeDatabase
from tests.intake.world import World


@pytest.fixture(autouse=True)
def _our_log() -> None:
    log.configure("intake", "ERROR")


@pytest.fixture
async def world(settings: Settings, database_of: MakeDatabase) -> AsyncIterator[World]:
    """An empty intake of two teams."""
    work = await database_of("intake")
    services = open_services("intake", settings)
    app = create(services)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
        yield World(app, http, services, Activities(work))
    await services.database.dispose()
    await services.work.dispose()


@pytest.fixture
def jump(settings: Settings) -> Iterator[object]:
    """`jump(timedelta)`: the practice clock goes forward, for good in this test process."""
    path = settings.practice_clock_file
    assert path is not None
    clock.use_file(path)

    def forward(by: object) -> None:
        clock.set_offset(path, clock.offset() + by)  # type: ignore[operator]

    yield forward
