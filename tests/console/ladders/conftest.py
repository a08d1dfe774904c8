"""A team of one's own for each test: what it makes of a rule is no other test's business."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.console.conftest import Home, PageAs
from tests.console.crews import Crew, hired


@dataclass
class RuleCrew(Crew):
    """A supervisor and a worker of one team, and their rules by the API."""

    async def versions(self, key: str) -> list[dict[str, Any]]:
        return (await self._ask("GET", f"/clocks/{key}/versions")).json()

    async def change(self, key: str, version: int, **body: Any) -> None:
        """Change a rule as another supervisor, through the API."""
        answer = await self._ask("PUT", f"/clocks/{key}", json=body, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = self.home.stack.token("supervisor", teams=[self.team], sub="another-supervisor")
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.request(method, self.home.stack.url("referrals") + path, headers=headers, **more)


@pytest.fixture
async def crew(home: Home, page_as: PageAs) -> RuleCrew:
    """`await crew.page("supervisor")`: a page of this test's own supervisor."""
    names = {role: f"Synthetic {role} of a crew" for role in ("supervisor", "worker")}
    return RuleCrew(**vars(await hired(home, page_as, names)))
