"""A change that nobody may make: the same messages, another order of commands. Only for the replay tests."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASE_PLAN, CASEWORK_QUEUE, OPEN_PLAN_STAGE, TAKE_PLAN_STEP, Start
    from workflows.watch import Watch


@workflow.defn(name=CASE_PLAN)
class WrongOrder(Watch):
    owner = CASEWORK_QUEUE
    look_activity, climb_activity = OPEN_PLAN_STAGE, TAKE_PLAN_STEP

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        reporting = self.start_reporting()
        while not await self.over():
            if self.news:
                await self.look()
                await self.look()  # once too often
            elif await self.quiet_until_due():
                await self.climb()
        reporting.cancel()
