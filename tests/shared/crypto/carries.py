"""A workflow that carries words through every kind of payload, and an activity that fails saying them.

In a module of its own: the sandbox imports it again.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

from shared.temporal.activities import refuse


@dataclass
class Told:
    words: str


@activity.defn(name="tests.echo")
async def echo(told: Told) -> Told:
    return told


@activity.defn(name="tests.refuse")
async def refuse_it(told: Told) -> None:
    refuse(f"not this one: {told.words}", field=told.words)


@workflow.defn(name="TestsCarries")
class Carries:
    def __init__(self) -> None:
        self.heard = ""

    @workflow.run
    async def run(self, told: Told) -> Told:
        await workflow.wait_condition(lambda: bool(self.heard))
        echoed = await workflow.execute_activity(
            echo, told, task_queue=f"{workflow.info().task_queue}-a", start_to_close_timeout=timedelta(seconds=10)
        )
        await workflow.execute_activity(
            refuse_it,
            echoed,
            task_queue=f"{workflow.info().task_queue}-a",
            start_to_close_timeout=timedelta(seconds=10),
        )
        return echoed

    @workflow.signal
    async def hear(self, words: str) -> None:
        self.heard = words

    @workflow.update
    async def answer(self, words: str) -> str:
        return words
