"""A case plan: keep contact at its cadence, notice when he is not seen, review on a cycle, until it is closed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASE_PLAN, CASEWORK_QUEUE, OPEN_PLAN_STAGE, TAKE_PLAN_STEP, Start
    from workflows.watch import Watch


@workflow.defn(name=CASE_PLAN)
class CasePlanWorkflow(Watch):
    owner = CASEWORK_QUEUE
    look_activity = OPEN_PLAN_STAGE
    climb_activity = TAKE_PLAN_STEP

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
