"""A case plan: keep contact at its cadence, notice when somebody is not seen, review on a cycle, until it is closed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASE_PLAN, CASEWORK_QUEUE, REFRESH_PLAN, RUN_DUE_PLAN_STEPS, Start
    from workflows.entity import EntityWorkflow


@workflow.defn(name=CASE_PLAN)
class CasePlanWorkflow(EntityWorkflow):
    """The workflow of a plan until it is closed: while open, paused, or stopped by a no or a death."""

    owner = CASEWORK_QUEUE
    refresh_activity = REFRESH_PLAN
    steps_activity = RUN_DUE_PLAN_STEPS

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        # Until a supervisor closes the plan; no plan closes by itself.
        while not self.is_finished:
            # Get the dates of its clocks: not seen, review, forms, end of phase; in a pause those of the pause.
            await self.refresh()
            # Without a fact, due steps run on their days, one by one. Any fact comes first and resets the dates: a
            # contact, a pause or its end, a review, another worker, another cadence, a no, a death.
            while await self.wait_until_due():
                await self.run_due_steps()
            await self.continue_as_new_if_due()
        await self.finish()
