"""A referral: wait for the service, take the steps of the ladder while it stays silent, until it ends."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import OPEN_STAGE, REFERRAL, REFERRALS_QUEUE, RUN_DUE_STEPS, Start
    from workflows.entity import EntityWorkflow


@workflow.defn(name=REFERRAL)
class ReferralWorkflow(EntityWorkflow):
    """One run for a referral that is open: drafted, sent, answered, booked, attended, and what lies between."""

    owner = REFERRALS_QUEUE
    refresh_activity = OPEN_STAGE
    steps_activity = RUN_DUE_STEPS

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> None:
        # Until it is completed, declined or withdrawn.
        while not self.is_finished:
            # The stage that it stands in is opened: its clock starts, its ladder has dates.
            await self.refresh()
            # Silence: the steps of the ladder come on their days, one by one. Any news comes first, and opens the
            # stage that it led to: an answer, a question, a booking, a decision, a pause of the person's plan.
            while await self.wait_until_due():
                await self.run_due_steps()
            await self.continue_as_new_if_due()
        await self.finish()
