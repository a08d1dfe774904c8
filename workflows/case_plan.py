"""A case plan: keep contact at its cadence, notice when he is not seen, review on a cycle, until it is closed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import (
        CASE_PLAN,
        CASEWORK_QUEUE,
        CLOSE,
        HOLD,
        OPEN_PLAN_STAGE,
        REASSIGN,
        RECORD_PLAN_DECISION,
        RESUME,
        REVIEW,
        TAKE_PLAN_STEP,
        Decision,
        DecisionAnswer,
        Start,
    )
    from workflows.watch import Watch


@workflow.defn(name=CASE_PLAN)
class CasePlanWorkflow(Watch):
    owner = CASEWORK_QUEUE
    look_activity = OPEN_PLAN_STAGE
    climb_activity = TAKE_PLAN_STEP
    decide_activity = RECORD_PLAN_DECISION

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        reporting = self.start_reporting()
        while not await self.over():
            if self.news:
                await self.look()
            elif await self.quiet_until_due():
                await self.climb()
            await self.continue_as_new_when_long()
        reporting.cancel()

    @workflow.update(name=HOLD)
    async def hold(self, decision: Decision) -> DecisionAnswer:
        """The plan waits for a reason; no hold ends unasked, so it always has a look-again date."""
        return await self.decide(decision)

    @workflow.update(name=RESUME)
    async def resume(self, decision: Decision) -> DecisionAnswer:
        """He is back: not-seen counts from today."""
        return await self.decide(decision)

    @workflow.update(name=REASSIGN)
    async def reassign(self, decision: Decision) -> DecisionAnswer:
        """Another worker carries on; what was done stays credited to the worker of that day."""
        return await self.decide(decision)

    @workflow.update(name=REVIEW)
    async def review(self, decision: Decision) -> DecisionAnswer:
        """The plan was looked at together; the next review counts from today."""
        return await self.decide(decision)

    @workflow.update(name=CLOSE)
    async def close(self, decision: Decision) -> DecisionAnswer:
        """A supervisor agrees that the work is over; nothing closes by itself."""
        return await self.decide(decision)

    @hold.validator
    @resume.validator
    @reassign.validator
    @review.validator
    @close.validator
    def _still_open(self, decision: Decision) -> None:
        self.refuse_after_the_end()
