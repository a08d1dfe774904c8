"""A referral: wait for the agency, climb the ladder while it stays silent, until it ends."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CLIMB_RUNG, OPEN_STAGE, REFERRAL, REFERRALS_QUEUE, Start
    from workflows.watch import Watch


@workflow.defn(name=REFERRAL)
class ReferralWorkflow(Watch):
    owner = REFERRALS_QUEUE
    look_activity = OPEN_STAGE
    climb_activity = CLIMB_RUNG

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
