"""A fact reaches its workflow whether or not it runs, once and in order, on the real engine."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from shared import clock
from shared.ids import new_id
from shared.temporal.drive import QUEUE, Drive, dispatch
from shared.temporal.worker import workflow_worker
from tests.shared.temporal.hearing import Hears


def drive(row: object, kind: str, version: int = 1) -> Drive:
    return Drive("TestsHears", f"plan-{row}", {"version": version, "kind": kind, "correlation_id": "c-1"})


def test_the_row_is_named_by_the_workflow_id() -> None:
    row = new_id()
    assert Drive("W", f"referral-{row}").row_id == str(row)


async def test_the_first_fact_starts_and_the_next_are_heard(
    temporal_client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_offset(tmp_path / "clock.json", timedelta(days=3))
    monkeypatch.setattr(clock, "_clock", clock._PracticeClock(tmp_path / "clock.json"))  # pyright: ignore[reportPrivateUsage]
    row = new_id()
    for version, kind in enumerate(("opened", "changed", "last"), start=1):
        await dispatch(temporal_client, drive(row, kind, version))  # nobody works yet: the engine keeps them
    async with workflow_worker(temporal_client, QUEUE, [Hears]):
        handle = temporal_client.get_workflow_handle(f"plan-{row}")
        heard = await asyncio.wait_for(handle.result(), 30)
    assert heard["start"] == {"id": str(row), "clock_offset_seconds": 259200.0}
    assert heard["facts"] == [
        {"version": version, "kind": kind, "correlation_id": "c-1"}
        for version, kind in enumerate(("opened", "changed", "last"), start=1)
    ]


async def test_many_dispatches_at_once_start_one_workflow(temporal_client: Client) -> None:
    row = new_id()
    await asyncio.gather(*(dispatch(temporal_client, drive(row, "changed", n)) for n in range(10)))
    await dispatch(temporal_client, drive(row, "last", 10))
    async with workflow_worker(temporal_client, QUEUE, [Hears]):
        heard = await asyncio.wait_for(temporal_client.get_workflow_handle(f"plan-{row}").result(), 30)
    assert sorted(fact["version"] for fact in heard["facts"]) == list(range(11))


async def test_after_its_end_a_fact_starts_a_new_run_under_the_same_id(temporal_client: Client) -> None:
    row = new_id()
    handle = temporal_client.get_workflow_handle(f"plan-{row}")
    async with workflow_worker(temporal_client, QUEUE, [Hears]):
        runs: set[str | None] = set()
        for _ in range(2):
            await dispatch(temporal_client, drive(row, "last"))
            await asyncio.wait_for(handle.result(), 30)
            runs.add((await handle.describe()).run_id)
    assert len(runs) == 2
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_an_engine_that_is_away_is_an_error_for_the_caller_to_retry(temporal_client: Client) -> None:
    lost = await Client.connect("127.0.0.1:9", lazy=True)
    with pytest.raises((RPCError, RuntimeError)):
        await asyncio.wait_for(dispatch(lost, drive(new_id(), "opened")), 30)
