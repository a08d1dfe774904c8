"""Process decisions on the real engine: the answer, the refusal, the end, and the silence."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from shared.http.decide import answered, decide
from shared.http.problems import OUTCOME_UNKNOWN, Problem
from shared.ids import new_id
from shared.temporal.activities import refuse

QUEUE = "decide-tests"


@activity.defn(name="decide-tests.refuse")
async def refuse_it(word: str) -> str:
    refuse("the service says no", "word")


@workflow.defn(name="DecideProbe")
class Probe:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.over = False
        self.again = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self.over or self.again)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self.again:
            workflow.continue_as_new()

    @workflow.update
    async def say(self, word: str) -> int:
        self.words.append(word)
        if word == "ask":
            await workflow.execute_activity("decide-tests.refuse", word, start_to_close_timeout=timedelta(seconds=5))
        self.over = self.over or word == "end"
        self.again = word == "again"
        return len(self.words)

    @say.validator
    def _not_rude(self, word: str) -> None:
        if word == "rude":
            raise ApplicationError("that is not said here", type="Refused")
        if word == "bug":
            raise ApplicationError("internal words", type="SomethingElse")


@asynccontextmanager
async def _worker(client: Client) -> AsyncIterator[None]:
    async with Worker(client, task_queue=QUEUE, workflows=[Probe], activities=[refuse_it]):
        yield


async def _start(client: Client) -> str:
    workflow_id = f"probe-{new_id()}"
    await client.start_workflow("DecideProbe", id=workflow_id, task_queue=QUEUE)
    return workflow_id


async def _problem(client: Client, workflow_id: str, word: str, timeout: float = 5.0) -> Problem:
    with pytest.raises(Problem) as caught:
        await decide(client, workflow_id, "say", word, str(new_id()), int, timeout)
    return caught.value


async def test_an_answer_and_the_same_answer_for_the_same_key(temporal_client: Client) -> None:
    async with _worker(temporal_client):
        workflow_id = await _start(temporal_client)
        assert await decide(temporal_client, workflow_id, "say", "a", "key-1", int) == 1
        assert await decide(temporal_client, workflow_id, "say", "a", "key-1", int) == 1
        assert await decide(temporal_client, workflow_id, "say", "b", "key-2", int) == 2


async def test_a_refusal_is_a_conflict_with_its_reason(temporal_client: Client) -> None:
    async with _worker(temporal_client):
        workflow_id = await _start(temporal_client)
        found = await _problem(temporal_client, workflow_id, "rude")
        assert (found.status, found.detail) == (409, "that is not said here")
        found = await _problem(temporal_client, workflow_id, "ask")
        assert (found.status, found.detail, found.errors[0].field) == (409, "the service says no", "word")
        with pytest.raises(Exception) as bug:
            await decide(temporal_client, workflow_id, "say", "bug", str(new_id()), int)
        assert not isinstance(bug.value, Problem)


async def test_ended_and_not_started_are_told_apart(temporal_client: Client) -> None:
    async with _worker(temporal_client):
        workflow_id = await _start(temporal_client)
        await decide(temporal_client, workflow_id, "say", "end", "k", int)
        await temporal_client.get_workflow_handle(workflow_id).result()
        found = await _problem(temporal_client, workflow_id, "late")
        assert (found.status, found.extra["rule"]) == (409, "ended")
        found = await _problem(temporal_client, f"probe-{new_id()}", "early")
        assert found.status == 503 and "not started" in found.detail and found.headers["Retry-After"]


async def test_what_was_decided_is_answered_after_the_end_too(temporal_client: Client) -> None:
    async with _worker(temporal_client):
        workflow_id = await _start(temporal_client)
        with pytest.raises(Problem):
            await decide(temporal_client, workflow_id, "say", "ask", "no", int)
        await decide(temporal_client, workflow_id, "say", "end", "yes", int)
        await temporal_client.get_workflow_handle(workflow_id).result()
        assert await answered(temporal_client, workflow_id, "yes", int) == 2
        with pytest.raises(Problem) as refused:
            await answered(temporal_client, workflow_id, "no", int)
        assert refused.value.detail == "the service says no"
        assert await answered(temporal_client, workflow_id, "another", int) is None
        assert await answered(temporal_client, f"probe-{new_id()}", "yes", int) is None
    lost = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(Problem) as away:
        await answered(lost, workflow_id, "yes", int, timeout=1.0)
    assert (away.value.status, away.value.detail) == (503, OUTCOME_UNKNOWN)


async def test_silence_is_an_unknown_outcome_and_the_key_finds_it_later(temporal_client: Client) -> None:
    workflow_id = await _start(temporal_client)
    started = time.monotonic()
    with pytest.raises(Problem) as caught:
        await decide(temporal_client, workflow_id, "say", "slow", "the-key", int, timeout=1.0)
    assert (caught.value.status, caught.value.detail) == (503, OUTCOME_UNKNOWN)
    assert time.monotonic() - started < 3
    async with _worker(temporal_client):
        assert await decide(temporal_client, workflow_id, "say", "slow", "the-key", int) == 1
        assert await decide(temporal_client, workflow_id, "say", "next", "other", int) == 2


async def test_decisions_across_continue_as_new_are_answered(temporal_client: Client) -> None:
    async with _worker(temporal_client):
        workflow_id = await _start(temporal_client)
        for _ in range(5):
            await decide(temporal_client, workflow_id, "say", "again", str(new_id()), int)
            answers: list[Any] = await asyncio.gather(
                *(decide(temporal_client, workflow_id, "say", "x", str(new_id()), int) for _ in range(3))
            )
            assert all(isinstance(a, int) for a in answers)


async def test_an_engine_that_is_away_is_503(temporal_client: Client) -> None:
    lost = await Client.connect("127.0.0.1:1", lazy=True)
    found = await _problem(lost, "probe-x", "a", timeout=1.0)
    assert found.status == 503 and found.headers["Retry-After"]
