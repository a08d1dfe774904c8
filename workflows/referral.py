"""A referral: wait for the service, run the steps of the ladder while it does not answer, until it ends."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import OPEN_STAGE, REFERRAL, REFERRALS_QUEUE, RUN_DUE_STEPS, Start
    from workflows.entity import EntityWorkflow


@workflow.defn(name=REFERRAL)
class ReferralWorkflow(EntityWorkflow):
    """The workflow of a referral from its draft until it is completed, declined or withdrawn."""

    owner = REFERRALS_QUEUE
    refresh_activity = OPEN_STAGE
    steps_activity = RUN_DUE_STEPS

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        # Until the referral is completed, declined or withdrawn.
        while not self.is_finished:
            # Open the current stage: its clock starts, its ladder gets dates.
            await self.refresh()
            # Without an answer, the steps of the ladder run on their days, one by one. Any fact comes first, and the
            # stage that it led to is opened: an answer, a question, a booking, a decision, a pause of the plan.
            while await self.wait_until_due():
                await self.run_due_steps()
            await self.continue_as_new_if_due()
        await self.finish()
