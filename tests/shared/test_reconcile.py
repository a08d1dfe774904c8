"""Finding what has no workflow, and giving it one, on the real engine."""

import asyncio
from datetime import timedelta

from temporalio.client import Client as Temporal

from shared.ids import new_id
from shared.reconcile import Reconciled, restart
from shared.rounds import every
from shared.temporal.drive import Drive, dispatch
from shared.temporal.runs import missing_workflows

TYPE = "ReconcileProbe"


async def test_only_rows_without_a_running_workflow_are_missing(temporal_client: Temporal):
    running, ended, never = (f"probe-{new_id()}" for _ in range(3))
    for workflow_id in (running, ended):
        await dispatch(temporal_client, Drive(TYPE, workflow_id, {"version": 1}))
    await temporal_client.get_workflow_handle(ended).terminate()
    rows = {1: running, 2: ended, 3: never}
    # At once: the list has not seen any of this yet.
    missing = await missing_workflows(temporal_client, TYPE, rows)
    assert set(missing) - {2} == {3}
    for _ in range(100):
        if await missing_workflows(temporal_client, TYPE, rows) == [2, 3]:
            break
        await asyncio.sleep(0.1)
    assert await missing_workflows(temporal_client, TYPE, rows) == [2, 3]

    drives = [Drive(TYPE, rows[row], {"version": 1}) for row in (2, 3)]
    assert await restart(temporal_client, drives) == [ended, never]
    assert await missing_workflows(temporal_client, TYPE, rows) == []


async def test_no_open_row_asks_nothing(temporal_client: Temporal):
    assert await missing_workflows(temporal_client, TYPE, {}) == []


async def test_one_that_cannot_be_started_does_not_hold_up_the_others(temporal_client: Temporal):
    good = f"probe-{new_id()}"
    assert await restart(temporal_client, [Drive(TYPE, "w" * 2000, {}), Drive(TYPE, good, {})]) == [good]


async def test_a_round_that_fails_is_followed_by_the_next():
    rounds = 0

    async def work() -> Reconciled:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            raise RuntimeError("canary")
        return Reconciled(checked=rounds)

    task = asyncio.ensure_future(every(0.01, work))
    async with asyncio.timeout(5):
        while rounds < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=timedelta(seconds=1).total_seconds())
    assert task.cancelled()
