"""A team of its own for each story: nobody else's plans stand on its board or move with its time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from deploy.demo.setting import Setting, setting
from deploy.demo.staff import NAMES
from tests.console.conftest import Home, PageAs
from tests.console.crews import Crew, hired

# What should come is waited for; a busy machine makes it late, not wrong.
expect.set_options(timeout=30_000)


@dataclass
class StoryCrew(Crew):
    """A crew with the scene it plays in."""

    scene: Setting


@pytest.fixture
async def crew(home: Home, page_as: PageAs) -> AsyncIterator[StoryCrew]:
    """Somebody of every role in a team that nobody else is in."""
    colleagues = await hired(home, page_as, {str(role): name for role, name in NAMES.items()})
    async with setting(home.stack, colleagues.team, str(colleagues.ids["worker"])) as scene:
        scene.cast.services = dict(home.services)
        yield StoryCrew(**vars(colleagues), scene=scene)
