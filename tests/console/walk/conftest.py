"""A team of its own for each story: nobody else's plans stand on its board or move with its time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting, setting
from deploy.demo.staff import NAMES
from services.console.staff import service as staff
from shared.context import Actor
from tests.console.conftest import PHONE, Home, PageAs

# What should come is waited for; a busy machine makes it late, not wrong.
expect.set_options(timeout=30_000)


@dataclass
class Crew:
    """Made-up colleagues of one team. `ids` by role; each signs in by `sign_in(role)`."""

    home: Home
    scene: Setting
    page_as: PageAs
    team: UUID
    ids: dict[str, UUID]

    def sign_in(self, role: str) -> str:
        return f"{role}-{self.team}"

    async def page(self, role: str | None, width: int = PHONE, *, script: bool = True) -> Page:
        """A browser of this colleague's own; of a stranger's without a role."""
        return await self.page_as(role, width, script=script, sign_in=self.sign_in(role) if role else "")


@pytest.fixture
async def crew(home: Home, page_as: PageAs) -> AsyncIterator[Crew]:
    """Somebody of every role in a team that nobody else is in."""
    team = uuid4()
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.open_team(tx, f"Synthetic team {str(team)[:4]}", team)
    ids = {str(role): await home.hire(role, f"{role}-{team}", team, name) for role, name in NAMES.items()}
    async with setting(home.stack, team, str(ids["worker"])) as scene:
        scene.cast.services = dict(home.services)
        yield Crew(home, scene, page_as, team, ids)
