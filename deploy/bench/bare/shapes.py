"""The bare workflows, with the load of a plan and a referral on the engine and nothing else.

The same activities in the same order, timers and payload classes; the plain data converter, the SDK's own defaults.
"""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from deploy.bench.bare.names import (
        OPEN_STAGE,
        PLAN,
        REFERRAL,
        REFRESH_PLAN,
        RUN_DUE_STEPS,
        SECONDS,
        BareStart,
    )
    from workflows.contracts import Fact, Refresh, View


class Bare:
    """A workflow that waits for a fact or an instant, as a watch does."""

    def __init__(self) -> None:
        self.heard = 0
        self.work: str | None = None

    @workflow.signal(name="fact")
    def fact(self, fact: Fact) -> None:
        self.heard += 1

    async def quiet_until(self, at: datetime) -> None:
        known = self.heard
        try:
            await workflow.wait_condition(lambda: self.heard != known, timeout=at - workflow.now())
        except TimeoutError:
            return

    async def ask(self, activity: str, request: Refresh) -> View:
        return await workflow.execute_activity(
            activity, request, result_type=View, task_queue=self.work, start_to_close_timeout=SECONDS
        )


@workflow.defn(name=PLAN)
class BarePlan(Bare):
    @workflow.run
    async def run(self, start: BareStart) -> None:
        self.work = start.work
        await self.ask(REFRESH_PLAN, Refresh(start.id, workflow.now()))
        await self.quiet_until(start.wakes[0])


@workflow.defn(name=REFERRAL)
class BareReferral(Bare):
    @workflow.run
    async def run(self, start: BareStart) -> None:
        self.work = start.work
        await self.ask(OPEN_STAGE, Refresh(start.id, workflow.now()))
        for at in start.wakes:
            await self.quiet_until(at)
            await self.ask(RUN_DUE_STEPS, Refresh(start.id, workflow.now()))
