"""Events of other services that referrals handles, each effect in one transaction with its inbox row."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.base import SERVICE
from services.referrals.codes import OPEN, Move, State, WithdrawReason
from services.referrals.referral import dispatch, feedback_permissions
from services.referrals.referral.escalation.models import PlanHold
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove, StruckPerson
from services.referrals.referral.position import load, locked
from services.referrals.referral.rules import Answer
from services.referrals.referral.transitions import SYSTEM, Attribution, append_history, apply
from services.referrals.worker import service as workers
from shared import clock
from shared.events.casework import CaseClosed, CaseOpened, CaseReassigned, CaseStageChanged, PlanHeld, PlanResumed
from shared.events.envelope import Envelope
from shared.events.intake import (
    ConsentRecorded,
    ConsentWithdrawn,
    PersonDeathStruck,
    PersonDied,
    PersonNoStruck,
    PersonSaidNo,
)
from shared.events.referrals import ReferralDecided
from shared.inbox.handling import HandlerGroup
from shared.practice.calendar import local_day


async def plan_held(session: AsyncSession, event: PlanHeld) -> None:
    """Send the steps of a held plan to the worker alone; the agency never learns why."""
    await _hold(session, event, worker_only=event.rungs_to_worker_only)


async def plan_resumed(session: AsyncSession, event: PlanResumed) -> None:
    """Send steps to the agency again: the hold has ended."""
    await _hold(session, event, worker_only=False)


async def _hold(session: AsyncSession, event: PlanHeld | PlanResumed, *, worker_only: bool) -> None:
    row = {
        "id": event.plan_id,
        "team_id": event.team_id,
        "person_id": event.person_id,
        "version": event.version,
        "worker_only": worker_only,
        "recorded_at": clock.now(),
    }
    stmt = insert(PlanHold).values(row)
    newer = {name: stmt.excluded[name] for name in ("person_id", "version", "worker_only")}
    await session.execute(
        stmt.on_conflict_do_update(
            index_elements=[PlanHold.id], set_=newer, where=PlanHold.version < stmt.excluded.version
        )
    )


# Sent, as far as we know. Undeliverable referrals are included: the service may have them after all, and then answers
# under the person's permission.
_RUNS = sorted(OPEN - {State.DRAFT, State.AWAITING_CONSENT})


async def consent_recorded(session: AsyncSession, event: ConsentRecorded) -> None:
    """Ask for a permit again where a referral waited for this consent or was being sent without it.

    Referrals that run follow the newest permission on what the service may tell us.
    """
    waiting = Referral.state == State.AWAITING_CONSENT
    runs = Referral.state.in_(_RUNS)
    for referral_id in await _ids(
        session,
        Referral.person_id == event.person_id,
        Referral.agency_id == event.agency_id,
        Referral.team_id == event.team_id,
        waiting | Referral.send_request.is_not(None) | runs,
    ):
        row = await locked(session, referral_id)
        if row is None:
            continue
        position = await load(session, row)
        await dispatch.queue_again(session, position, event.occurred_at)
        if event.may_tell_us is not None and (row.state in _RUNS or row.permit_version is not None):
            await feedback_permissions.agreed(session, position, event.may_tell_us, event.version)


async def consent_withdrawn(session: AsyncSession, event: ConsentWithdrawn) -> None:
    """End every open referral of this person to this agency, in this transaction."""
    await _withdraw(session, WithdrawReason.CONSENT_WITHDRAWN, event, Referral.agency_id == event.agency_id)


async def said_no(session: AsyncSession, event: PersonSaidNo) -> None:
    """End every open referral of a person who said no."""
    await _withdraw(session, WithdrawReason.PERSON_DECLINED, event)


async def died(session: AsyncSession, event: PersonDied) -> None:
    """End every open referral of a person who died; no message leaves any more."""
    await _withdraw(session, WithdrawReason.DIED, event)


async def no_struck(session: AsyncSession, event: PersonNoStruck) -> None:
    """List what a no ended that was recorded by mistake, for a worker, who alone may start it again."""
    await _list_ended(session, WithdrawReason.PERSON_DECLINED, event)


async def death_struck(session: AsyncSession, event: PersonDeathStruck) -> None:
    """List what a death ended that was recorded by mistake, for a worker, who alone may start it again."""
    await _list_ended(session, WithdrawReason.DIED, event)


async def _list_ended(session: AsyncSession, reason: WithdrawReason, event: PersonNoStruck | PersonDeathStruck) -> None:
    """Mark the referrals that the mistake ended. No agency is informed: reopening needs preview and permit again."""
    column = "death_version" if isinstance(event, PersonDeathStruck) else "no_version"
    row = {"id": event.person_id, "team_id": event.team_id, "recorded_at": clock.now()}
    stmt = insert(StruckPerson).values({**row, "death_version": 0, "no_version": 0, column: event.version})
    newest = func.greatest(getattr(StruckPerson, column), event.version)
    await session.execute(stmt.on_conflict_do_update(index_elements=[StruckPerson.id], set_={column: newest}))
    ended_by_it = (
        Referral.person_id == event.person_id,
        Referral.team_id == event.team_id,
        Referral.state == State.WITHDRAWN,
        Referral.ended_reason == str(reason),
        Referral.stage_since == event.since,
    )
    for referral_id in await _ids(session, *ended_by_it):
        row_now = await locked(session, referral_id)
        if row_now is None or row_now.state != State.WITHDRAWN:
            continue
        act = Attribution(SYSTEM, event.occurred_at)
        await emit_event(session, row_now, ReferralDecided, act.at, drive=False, decision="ended_by_mistake", by=SYSTEM)
        append_history(session, row_now, "ended_by_mistake", act)


Ended = ConsentWithdrawn | PersonSaidNo | PersonDied


async def _withdraw(session: AsyncSession, reason: WithdrawReason, event: Ended, *which: Any) -> None:
    at = event.occurred_at
    # The team is part of the filter: whoever names a person of another team must not learn what happens to that person.
    of_person = (Referral.person_id == event.person_id, Referral.team_id == event.team_id)
    for referral_id in await _ids(session, Referral.state.in_(sorted(OPEN)), *of_person, *which):
        row = await locked(session, referral_id)
        if row is None or row.state not in OPEN or await _overtaken(session, row, event):
            continue
        answer = Answer(Move.WITHDRAW, local_day(at), reason=str(reason))
        await apply(session, await load(session, row), answer, State.WITHDRAWN, Attribution(SYSTEM, at))


async def _overtaken(session: AsyncSession, row: Referral, event: Ended) -> bool:
    """Return whether the referral rests on a fact newer than this no, which comes late or again.

    A referral that was sent rests on a permit: when intake gave it, intake knew every no up to the permit's version. A
    referral that was not sent is newer than the no only if its draft is. A death is never too late, unless it was
    struck.
    """
    if not isinstance(event, ConsentWithdrawn):
        struck = await session.get(StruckPerson, event.person_id)
        if struck is not None and struck.team_id == event.team_id:
            never_was = struck.death_version if isinstance(event, PersonDied) else struck.no_version
            if event.version < never_was:
                return True
    if isinstance(event, PersonDied):
        return False
    if row.permit_version is not None and event.version <= row.permit_version:
        return True
    if row.state not in (State.DRAFT, State.AWAITING_CONSENT):
        return False
    envelope: Envelope | None = session.info.get("envelope")
    if envelope is None:
        return False
    drafted = ReferralMove.move.in_(("draft", Move.REOPEN))
    begun = select(func.max(ReferralMove.recorded_at)).where(ReferralMove.referral_id == row.id, drafted)
    began = await session.scalar(begun)
    return began is not None and envelope.recorded_at < began


async def _ids(session: AsyncSession, *which: Any) -> list[UUID]:
    # In one order for every handler, so that two of them never deadlock.
    return list(await session.scalars(select(Referral.id).where(*which).order_by(Referral.id)))


GROUPS = [
    HandlerGroup(
        "consent",
        SERVICE,
        {
            ConsentRecorded: consent_recorded,
            ConsentWithdrawn: consent_withdrawn,
            PersonSaidNo: said_no,
            PersonDied: died,
            PersonNoStruck: no_struck,
            PersonDeathStruck: death_struck,
        },
        start="all",
    ),
    HandlerGroup(
        "cases",
        SERVICE,
        {
            CaseOpened: workers.opened,
            CaseReassigned: workers.reassigned,
            CaseStageChanged: workers.stage_changed,
            CaseClosed: workers.closed,
        },
        start="all",
    ),
    HandlerGroup("plans", SERVICE, {PlanHeld: plan_held, PlanResumed: plan_resumed}, start="all"),
]
