"""A referral: wait for the agency, climb the ladder while it stays silent, until it ends."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import (
        ACKNOWLEDGE,
        CLIMB_RUNG,
        ESCALATE_NOW,
        EXTEND,
        OFFER_ALTERNATIVE,
        OPEN_STAGE,
        RECORD_REFERRAL_DECISION,
        REFERRAL,
        REFERRALS_QUEUE,
        WITHDRAW,
        Decision,
        DecisionAnswer,
        Start,
    )
    from workflows.watch import Watch


@workflow.defn(name=REFERRAL)
class ReferralWorkflow(Watch):
    owner = REFERRALS_QUEUE
    look_activity = OPEN_STAGE
    climb_activity = CLIMB_RUNG
    decide_activity = RECORD_REFERRAL_DECISION

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

    @workflow.update(name=EXTEND)
    async def extend(self, decision: Decision) -> DecisionAnswer:
        """Give them more working days: every later rung moves by the extension."""
        return await self.decide(decision)

    @workflow.update(name=ESCALATE_NOW)
    async def escalate_now(self, decision: Decision) -> DecisionAnswer:
        """Climb the next rung today instead of on its day."""
        return await self.decide(decision)

    @workflow.update(name=ACKNOWLEDGE)
    async def acknowledge(self, decision: Decision) -> DecisionAnswer:
        """Somebody is on it: silent until the date, then the highest rung that is due."""
        return await self.decide(decision)

    @workflow.update(name=OFFER_ALTERNATIVE)
    async def offer_alternative(self, decision: Decision) -> DecisionAnswer:
        """Look for another service now, without waiting for that rung."""
        return await self.decide(decision)

    @workflow.update(name=WITHDRAW)
    async def withdraw(self, decision: Decision) -> DecisionAnswer:
        """Take the referral back; the owner tells the agency only what it must know."""
        return await self.decide(decision)

    @extend.validator
    @escalate_now.validator
    @acknowledge.validator
    @offer_alternative.validator
    @withdraw.validator
    def _still_open(self, decision: Decision) -> None:
        self.refuse_after_the_end()
