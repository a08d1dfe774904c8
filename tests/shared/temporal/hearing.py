"""A workflow that remembers its start and the facts it heard, and activities that tell what they ran under."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from shared.context import correlation


@dataclass
class Order:
    correlation_id: str = ""
    id: str = ""
    fail: bool = False
    # Fails so often before it would work; by a mistake of ours, or because an engine is away.
    fails: int = 0
    away: bool = False


@activity.defn(name="tests.correlation")
async def tell_correlation(order: Order) -> str:
    if order.fail and activity.info().attempt == 1:
        raise ValueError("Canary")
    if activity.info().attempt <= order.fails:
        raise OSError("away") if order.away else ValueError("Canary")
    return correlation()


@workflow.defn(name="TestsHears")
class Hears:
    def __init__(self) -> None:
        self.facts: list[dict[str, Any]] = []

    @workflow.run
    async def run(self, start: dict[str, Any]) -> dict[str, Any]:
        await workflow.wait_condition(lambda: any(fact["kind"] == "last" for fact in self.facts))
        return {"start": start, "facts": self.facts}

    @workflow.signal
    async def fact(self, fact: dict[str, Any]) -> None:
        self.facts.append(fact)


@workflow.defn(name="TestsAsks")
class Asks:
    @workflow.run
    async def run(self, order: Order) -> str:
        return await workflow.execute_activity(
            tell_correlation,
            order,
            task_queue=f"{workflow.info().task_queue}-a",
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10), backoff_coefficient=1),
        )
