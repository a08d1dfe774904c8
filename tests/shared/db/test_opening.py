"""A connection whose caller is cancelled while it opens leaves nothing behind, in memory or at the server."""

import asyncio
import gc
from collections.abc import Iterator

import psycopg
import pytest

from deploy.stack import Stack
from shared.db.opening import connect
from shared.db.session import Database
from tests.shared.ground import SERVICE, Ground, until

TIMES = 100

OF_THIS_TEST = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cancelled' OR state = 'starting'"


@pytest.fixture
def without_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _left(engines: Stack) -> int:
    """How many places at the server are taken by connections of this test, or by any that still signs in."""
    async with await psycopg.AsyncConnection.connect(**engines.superuser(SERVICE)) as server:  # type: ignore[arg-type]
        found = await (await server.execute(OF_THIS_TEST)).fetchone()
        assert found is not None
        return found[0]


async def test_given_up_at_any_moment_it_is_closed(
    ground: Ground, engines: Stack, without_garbage_collection: None
) -> None:
    parameters = {**ground.work.connection_parameters(), "application_name": "cancelled"}
    loop = asyncio.get_running_loop()
    began = loop.time()
    await (await connect(**parameters)).close()
    took = loop.time() - began
    for part in range(TIMES):
        opening = asyncio.ensure_future(connect(**parameters))
        await asyncio.sleep(took * part / TIMES)
        opening.cancel()
        for outcome in await asyncio.gather(opening, return_exceptions=True):
            if isinstance(outcome, psycopg.AsyncConnection):
                await outcome.close()

    async def nothing_left() -> bool:
        return await _left(engines) == 0

    await until(nothing_left)


async def test_a_pool_whose_user_gave_up_leaves_no_half_of_a_connection(
    ground: Ground, engines: Stack, without_garbage_collection: None
) -> None:
    for part in range(TIMES):
        one = Database(ground.settings, SERVICE, "work")
        asking = asyncio.ensure_future(one.ping())
        await asyncio.sleep(0.03 * part / TIMES)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await one.dispose()

    async def nothing_left() -> bool:
        return await _left(engines) == 0

    await until(nothing_left)


async def test_what_fails_for_a_caller_that_has_gone_is_not_a_stray_error(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    parameters = {**ground.work.connection_parameters(), "password": "wrong"}
    opening = asyncio.ensure_future(connect(**parameters))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    with pytest.raises(psycopg.OperationalError):
        await connect(**parameters)
    gc.collect()
    assert not caplog.records
