from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from deploy.stack import Stack
from shared.settings import Settings
from tests.shared.ground import Ground, ground_on


@pytest.fixture
async def ground(
    engines: Stack, settings: Settings, empty_database: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Ground]:
    """An empty database with the ground tables and the probes."""
    async for made in ground_on(engines, settings, empty_database):
        yield made
