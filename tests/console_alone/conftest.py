"""The console by itself, in this process, on a fresh database: for what needs settings of its own and no services."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from services.console.app import create
from services.console.staff import passwords
from services.console.staff import service as staff
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from shared.process import open_services
from shared.settings import Settings
from tests.conftest import MakeDatabase
from tests.console.hand import Hand

PASSWORD = "lantern gravel ninepins otter"

MakeConsole = Callable[..., Awaitable[Hand]]


@pytest.fixture
async def database(database_of: MakeDatabase) -> Database:
    return await database_of("console")


@pytest.fixture
async def console(database: Database, settings: Settings) -> AsyncIterator[MakeConsole]:
    """`await console(mode="production", ...)`: a browser at a console with these settings."""
    async with AsyncExitStack() as opened:

        async def make(scheme: str = "http", **changed: Any) -> Hand:
            services = open_services("console", settings.model_copy(update=changed))
            opened.push_async_callback(services.database.dispose)
            opened.push_async_callback(services.work.dispose)
            app = create(services)
            opened.push_async_callback(app.state.house.clients.aclose)
            origin = services.settings.console_url
            base = f"{scheme}://{origin.partition('://')[2]}"
            http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base)
            return Hand(await opened.enter_async_context(http), origin, "198.18.0.1")

        yield make
    clock.use_file(None)


@pytest.fixture
async def hired(database: Database) -> str:
    """A worker's sign-in name."""
    kept = await passwords.hashed(PASSWORD)
    async with database.transaction(Actor.service("console")) as tx:
        team = await staff.open_team(tx, "Synthetic team")
        account = await staff.open_account(
            tx,
            sign_in=f"{new_id()}@synthetic.invalid",
            name="Synthetic Wanda",
            role=Role.WORKER,
            team_ids=[team.id],
            password_hash=kept,
        )
    return account.sign_in
