"""Handler of decisions about a referral: a call that was made, an answer refused, an ending recorded by mistake."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.event_handlers.about import about_referral, key_of, not_later, open_case_of
from services.casework.event_handlers.escalations import called
from services.casework.projections.referrals import known
from services.casework.task import service as tasks
from shared.events.referrals import ReferralDecided

# The fact that ended the referral was recorded by mistake.
ENDED_BY_MISTAKE = "ended_by_mistake"
ANSWER_REFUSED = "answer_refused"
# Somebody of ours rang the service and had no answer to record: that is what the step had asked for. When nobody
# picked up, it is still owed.
CALLED = frozenset({"call_spoke", "call_left_message"})


async def decided(session: AsyncSession, event: ReferralDecided) -> None:
    """Open the task to refer again where the ending was recorded by mistake; only a person starts it again.

    A refused answer opens a task to read it, also after a no or a death. A call takes the referral off the calls that
    were owed. No other decision opens a task.
    """
    if event.decision in CALLED:
        await called(session, event)
    if event.decision == ANSWER_REFUSED:
        about = about_referral(event, await known(session, event), await open_case_of(session, event))
        key, at = f"{ANSWER_REFUSED}:{event.referral_id}", not_later(event.occurred_at)
        await tasks.open_task(session, ANSWER_REFUSED, key, about, at=at)
    if event.decision != ENDED_BY_MISTAKE:
        return
    case = await open_case_of(session, event)
    row = await known(session, event)
    if row.reacted_version > event.version:
        return  # the referral was opened again before this event came
    await tasks.open_task(
        session,
        "refer_again",
        key_of("refer_again", event.referral_id),
        about_referral(event, row, case),
        at=not_later(event.occurred_at),
    )
