"""A team of a test's own: nobody else's plans, rules or time are its business."""

from dataclasses import dataclass
from uuid import UUID

from playwright.async_api import Page

from services.console.staff import service as staff
from shared.context import Actor
from shared.ids import new_id
from tests.console.conftest import PHONE, Home, PageAs


@dataclass
class Crew:
    """Made-up colleagues of one team. `ids` by role; each signs in by `sign_in(role)`."""

    home: Home
    page_as: PageAs
    team: UUID
    ids: dict[str, UUID]

    @property
    def name(self) -> str:
        """What the pages call the team."""
        return f"Synthetic team {str(self.team)[-4:]}"

    def sign_in(self, role: str) -> str:
        return f"{role}-{self.team}"

    async def page(self, role: str | None, width: int = PHONE, *, script: bool = True) -> Page:
        """Open a browser for this colleague; without a role, for a visitor."""
        return await self.page_as(role, width, script=script, sign_in=self.sign_in(role) if role else "")


async def hired(home: Home, page_as: PageAs, names: dict[str, str]) -> Crew:
    """Open a new team with a colleague of each of these roles, of that name."""
    crew = Crew(home, page_as, new_id(), {})
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.open_team(tx, crew.name, crew.team)
    for role, name in names.items():
        crew.ids[role] = await home.hire(role, crew.sign_in(role), crew.team, name)
    return crew
