import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, func, select, text

from deploy.stack import Stack
from shared import log
from shared.context import Actor
from shared.db.platform_tables import PLATFORM
from shared.http.app import create_app
from shared.http.state import Services
from shared.ids import new_id
from shared.process import open_services
from shared.settings import Settings
from tests.shared.http import cups
from tests.shared.http.cups import SERVICE, Base, Cup


@dataclass
class Shop:
    """The application of the cups, over ASGI, with a token for each role."""

    app: FastAPI
    http: httpx.AsyncClient
    services: Services
    settings: Settings
    token_for: Callable[..., str]
    team: UUID
    other_team: UUID

    def headers(self, role: str = "worker", *, team: UUID | None = None, **more: str) -> dict[str, str]:
        token = self.token_for(role, teams=[team or self.team], sub=f"{role}-1")
        return {"Authorization": f"Bearer {token}", **more}

    def keyed(self, key: str | None = None, role: str = "worker", **more: Any) -> dict[str, str]:
        return {"Idempotency-Key": key or str(new_id()), **self.headers(role, **more)}

    async def make(self, label: str = "blue", **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/cups", json={"label": label, **more}, headers=self.keyed())
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def count(self) -> int:
        async with self.services.work.transaction(Actor.service("test")) as session:
            return int((await session.execute(select(func.count()).select_from(Cup))).scalar_one())

    async def run(self, statement: str, params: Mapping[str, Any] | None = None) -> Any:
        async with self.services.work.transaction(Actor.service("test")) as session:
            return await session.execute(text(statement), params or {})


@pytest.fixture(autouse=True)
def _our_log() -> None:
    log.configure(SERVICE, "ERROR")


@pytest.fixture
def cup_actions() -> Iterator[None]:
    cups.allow_cups()
    yield
    cups.forbid_cups()


@pytest.fixture(scope="module")
async def laid(
    engines: Stack, settings: Settings, empty_database: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Services]:
    """The cups' database, made once for a module; each test finds it empty."""
    await empty_database(SERVICE)
    await asyncio.to_thread(_lay, settings)
    services = open_services(SERVICE, settings)
    yield services
    await services.database.dispose()
    await services.work.dispose()


@pytest.fixture
async def shop(laid: Services, token_for: Callable[..., str], team_id: UUID, cup_actions: None) -> AsyncIterator[Shop]:
    async with laid.work.transaction(Actor.service("test")) as session:
        for table in ("cups", "refusals", "idempotency_keys", "rate_limits"):
            await session.execute(text(f"DELETE FROM {table}"))
    app = create_app(laid, [cups.build()])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cups") as http:
        yield Shop(app, http, laid, laid.settings, token_for, team_id, new_id())


def _lay(settings: Settings) -> None:
    owner = create_engine(settings.database_url(SERVICE, "owner"))
    with owner.begin() as connection:
        PLATFORM.create_all(connection)
        Base.metadata.create_all(connection)
        connection.execute(text(cups.REFUSE_AT_COMMIT))
        roles = f"{SERVICE}_api, {SERVICE}_work"
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles}"))
        connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}"))
    owner.dispose()
