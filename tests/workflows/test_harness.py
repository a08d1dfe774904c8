"""Show that no test of workflows answers for what another one left running."""

from temporalio.client import Client

from shared.settings import Settings
from shared.temporal.drive import Drive, dispatch
from tests.workflows.conftest import sitting
from tests.workflows.harness import Desk, end_all, is_running, until
from workflows.contracts import CASE_PLAN


async def test_what_an_earlier_test_left_is_not_asked_of_the_next(temporal_client: Client, settings: Settings) -> None:
    earlier = Desk(temporal_client, settings)
    await dispatch(temporal_client, Drive(CASE_PLAN, earlier.handle.id, {"version": 1, "kind": "started"}))
    async with sitting(temporal_client, settings) as desk:
        await desk.begun()
        await until(lambda: desk.strangers == [earlier.id])
        assert len(desk.refreshes) == 1
    assert await is_running(earlier.handle)
    await end_all(temporal_client)
    assert not await is_running(earlier.handle)
