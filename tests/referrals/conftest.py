"""A referrals service on real engines: its database, an agency with a service, its HTTP application, a team."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.referrals.activities import ReferralActivities
from services.referrals.app import create
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from shared.process import open_services
from shared.settings import Settings
from tests.referrals.place import TOLD, Place, put_place

__all__ = ["TOLD", "Place"]


@pytest.fixture
async def db(settings: Settings, database_of: Callable[..., Any]) -> Database:
    """The service's database, migrated and empty but for the rules, on the practice clock of the stack."""
    clock.use_file(settings.practice_clock_file)
    return await database_of("referrals")


@pytest.fixture
def travel(settings: Settings) -> Callable[[timedelta], None]:
    """`travel(timedelta(days=1))`: it is a day later for everybody."""
    file = settings.practice_clock_file
    assert file is not None

    def go(by: timedelta) -> None:
        clock.set_offset(Path(file), clock.offset() + by)

    return go


@pytest.fixture
def worker(team_id: UUID) -> Actor:
    """A worker of the team."""
    return Actor("worker-1", Role.WORKER, (team_id,))


MakePlace = Callable[..., Any]


@pytest.fixture
def make_place(db: Database) -> MakePlace:
    """`await make_place(email=..., pathway=...)`: an agency with one service."""

    async def make(**agency: Any) -> Place:
        return await put_place(db, **agency)

    return make


@pytest.fixture
async def place(make_place: MakePlace) -> Place:
    """An agency with an address on record."""
    return await make_place()


@pytest.fixture
def activities(db: Database) -> ReferralActivities:
    """The real activities, called as functions."""
    return ReferralActivities(db)


@pytest.fixture
async def app(db: Database, settings: Settings) -> AsyncIterator[FastAPI]:
    """The HTTP application."""
    services = open_services("referrals", settings)
    yield create(services)
    await services.database.dispose()
    await services.work.dispose()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it without a token."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://referrals") as client:
        yield client


class Api:
    """A client of one role: `await api.post(path, **body)` with a key of its own."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": more.pop("key", str(new_id()))}
        return await self.client.post(path, json={**(body or {}), **more}, headers=headers)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=self.headers)

    async def put(self, path: str, etag: str, **body: Any) -> httpx.Response:
        return await self.client.put(path, json=body, headers={**self.headers, "If-Match": etag})

    async def move(self, referral_id: object, name: str, **more: Any) -> httpx.Response:
        return await self.post(f"/referrals/{referral_id}/moves", move=name, **more)


@pytest.fixture
def api(http: httpx.AsyncClient, token_for: Callable[..., str]) -> Api:
    """A worker's client."""
    return Api(http, token_for("worker", sub="worker-1"))


@pytest.fixture
def as_role(http: httpx.AsyncClient, token_for: Callable[..., str]) -> Callable[..., Api]:
    """`as_role("supervisor", teams=[...], sub=...)`."""
    return lambda role, **more: Api(http, token_for(role, **more))
