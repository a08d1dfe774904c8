"""Production asks the running servers how safely they write, and refuses those that may lose a write."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest

from deploy.stack import Stack
from shared import durability
from shared.db.session import Database
from shared.settings import Settings


async def test_the_stack_writes_safely(
    engines: Stack, settings: Settings, database_of: Callable[[str], Awaitable[Database]]
) -> None:
    asked = settings.model_copy(update={"nats_monitor_url": f"http://127.0.0.1:{engines.ports.nats_monitor}/"})
    await durability.check(asked, await database_of("intake"))


async def test_a_server_that_answers_before_its_disk_has_it_is_named(
    engines: Stack, database_of: Callable[[str], Awaitable[Database]]
) -> None:
    database = await database_of("intake")
    server = await psycopg.AsyncConnection.connect(**engines.superuser(), autocommit=True)
    async with server:
        await server.execute("ALTER ROLE intake_work SET synchronous_commit = off")
        try:
            [problem] = await durability.unsafe_database(database)
        finally:
            await server.execute("ALTER ROLE intake_work RESET synchronous_commit")
    assert "synchronous_commit = off" in problem and "set it on" in problem


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"jetstream": {"config": {"sync_always": True}}}, None),
        ({"jetstream": {"config": {"sync_interval": 120}}}, "sync_interval"),
        ({}, "without JetStream"),
    ],
)
def test_what_nats_says_of_itself(answer: dict[str, object], named: str | None) -> None:
    found = durability.unsafe_varz(answer)
    assert found == [] if named is None else named in found[0]
