"""Workers: the correlation id reaches activities, failures are logged without their words, refusals are final."""

import asyncio
import json

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from shared import log
from shared.ids import new_id
from shared.temporal.activities import REFUSED, refuse
from shared.temporal.worker import CANNOT, STICKY_TIMEOUT, TRIES, Refused, activity_worker, workflow_worker
from tests.shared.temporal.hearing import Asks, Order, tell_correlation


async def ask(client: Client, order: Order, refused: Refused | None = None) -> tuple[str, str]:
    queue = f"worker-{new_id()}"
    async with (
        workflow_worker(client, queue, [Asks]),
        activity_worker(client, f"{queue}-a", [tell_correlation], refused=refused),
    ):
        told = await asyncio.wait_for(client.execute_workflow(Asks.run, order, id=queue, task_queue=queue), 30)
    return queue, told


async def test_an_activity_runs_under_the_correlation_id_of_its_input(temporal_client: Client) -> None:
    assert (await ask(temporal_client, Order("c-42")))[1] == "c-42"


async def test_or_under_its_workflows_id(temporal_client: Client) -> None:
    queue, told = await ask(temporal_client, Order())
    assert told == queue


async def test_a_failed_attempt_is_logged_by_type_and_place(
    temporal_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    import logging

    import structlog

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    log.configure("casework")
    try:
        queue, _ = await ask(temporal_client, Order("c-43", fail=True))
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    written = capsys.readouterr().err
    assert "Canary" not in written
    (line,) = [one for one in map(json.loads, written.splitlines()) if one["event"] == "activity failed"]
    assert (line["activity"], line["workflow_id"], line["attempt"]) == ("tests.correlation", queue, 1)
    assert (line["error_type"], line["correlation_id"]) == ("ValueError", "c-43")
    assert "hearing.py" in line["where"]


async def test_a_mistake_that_repeats_itself_ends_as_a_refusal(temporal_client: Client) -> None:
    assert (await ask(temporal_client, Order("c-44", fails=TRIES - 1)))[1] == "c-44"
    with pytest.raises(WorkflowFailureError) as failed:
        await ask(temporal_client, Order(fails=10 * TRIES))
    cause = failed.value.cause
    assert isinstance(cause, ActivityError) and isinstance(cause.cause, ApplicationError)
    assert cause.cause.type == REFUSED and "Canary" not in str(cause.cause)


async def test_a_refusal_is_kept_with_its_row_also_when_the_database_was_away(temporal_client: Client) -> None:
    row, tried, kept = str(new_id()), list[str](), list[tuple[str, str]]()

    async def keep(row_id: str, reason: str) -> None:
        tried.append(row_id)
        if len(tried) < 3:
            raise OSError("away")
        kept.append((row_id, reason))

    with pytest.raises(WorkflowFailureError):
        await ask(temporal_client, Order(id=row, fails=10 * TRIES), keep)
    assert kept == [(row, CANNOT)] and tried == [row] * 3


async def test_a_refusal_that_cannot_be_kept_is_a_refusal_all_the_same(temporal_client: Client) -> None:
    async def keep(row_id: str, reason: str) -> None:
        raise ValueError("Canary")

    with pytest.raises(WorkflowFailureError) as failed:
        await ask(temporal_client, Order(id=str(new_id()), fails=10 * TRIES), keep)
    cause = failed.value.cause
    assert isinstance(cause, ActivityError) and isinstance(cause.cause, ApplicationError)
    assert cause.cause.type == REFUSED


async def test_an_engine_that_is_away_is_waited_for(temporal_client: Client) -> None:
    assert (await ask(temporal_client, Order("c-45", fails=2 * TRIES, away=True)))[1] == "c-45"


def test_a_refusal_is_final_and_typed() -> None:
    with pytest.raises(ApplicationError) as refused:
        refuse("no e-mail address on record", field="agency_id")
    assert refused.value.non_retryable and refused.value.type == REFUSED
    assert refused.value.details == ("agency_id",)


def test_a_busy_worker_is_waited_for_and_a_lost_one_noticed() -> None:
    assert 5 < STICKY_TIMEOUT.total_seconds() <= 10
