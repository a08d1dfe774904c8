"""A change that nobody may make: the same messages, another order of commands. Only for the replay tests."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASE_PLAN, CASEWORK_QUEUE, REFRESH_PLAN, RUN_DUE_PLAN_STEPS, Start
    from workflows.entity import EntityWorkflow


@workflow.defn(name=CASE_PLAN)
class WrongOrder(EntityWorkflow):
    owner = CASEWORK_QUEUE
    refresh_activity, steps_activity = REFRESH_PLAN, RUN_DUE_PLAN_STEPS

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        while not self.is_finished:
            await self.refresh()
            await self.refresh()  # once too often
            while await self.wait_until_due():
                await self.run_due_steps()
            await self.continue_as_new_if_due()
        await self.finish()
