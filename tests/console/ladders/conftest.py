"""A team of one's own for each test: what it makes of a rule is no other test's business."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Page

from services.console.staff import service as staff
from shared.context import Actor
from shared.ids import new_id
from tests.console.conftest import PHONE, Home, PageAs


@dataclass(frozen=True)
class Crew:
    """A supervisor and a worker of one team, and their rules by the API."""

    home: Home
    page_as: PageAs
    team: UUID
    ids: dict[str, UUID]

    async def page(self, role: str, width: int = PHONE, *, script: bool = True) -> Page:
        return await self.page_as(role, width, script=script, sign_in=self.sign_in(role))

    def sign_in(self, role: str) -> str:
        return f"{role}-{self.team.hex}"

    async def versions(self, key: str) -> list[dict[str, Any]]:
        return (await self._ask("GET", f"/clocks/{key}/versions")).json()

    async def change(self, key: str, version: int, **body: Any) -> None:
        """A colleague's change, made somewhere else."""
        answer = await self._ask("PUT", f"/clocks/{key}", json=body, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = self.home.stack.token("supervisor", teams=[self.team], sub="another-supervisor")
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.request(method, self.home.stack.url("referrals") + path, headers=headers, **more)


@pytest.fixture
async def crew(home: Home, page_as: PageAs) -> Crew:
    """`await crew.page("supervisor")`: a page of this test's own supervisor."""
    team = new_id()
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.open_team(tx, "Synthetic crew", team)
    found = Crew(home, page_as, team, {})
    for role in ("supervisor", "worker"):
        found.ids[role] = await home.hire(role, found.sign_in(role), team, name=f"Synthetic {role} of a crew")
    return found
