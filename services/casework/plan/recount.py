"""Recompute a locked plan from the contacts that are not struck, after a contact or the plan's stop was a mistake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.plan import clocks, pausing, release
from services.casework.plan.events import emit_changed
from services.casework.plan.models import Plan
from services.casework.plan.rules import HOLD_CLOCKS, OPEN_CLOCKS, PAUSED_BY_HOLD
from services.casework.plan.steps import task_key
from services.casework.projections.models import KnownContact
from services.casework.task import reopening
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.practice.cadence import ATTEMPT_PHASE, watch_after
from shared.practice.calendar import local_day

SEEN = ("met", "spoke")
# A pause that ended with the plan itself says nothing about when the person was last seen.
_ENDED_WITH_THE_PLAN = ("said_no", "died", "closed")


async def without(session: AsyncSession, case: Case, plan: Plan, contact: KnownContact, by: str) -> None:
    """Undo a contact's effects on a locked case and plan: its dates, the pause it ended, the tasks it closed."""
    now = clock.now()
    plan.touch()
    plan.set_last_action("struck_contact", by, now)
    await latest(session, plan)
    if plan.stage in ("open", "held"):
        await _count(session, case, plan, contact, now)
    await emit_changed(session, plan, "contact_struck", now)


async def _count(session: AsyncSession, case: Case, plan: Plan, contact: KnownContact, now: datetime) -> None:
    ended = await _pause_ended_by(session, plan, contact.event_id) if plan.hold_id is None else None
    if ended is not None:
        await pausing.go_back(session, case, plan, ended, now)
    await seen(session, plan)
    if plan.hold_id is not None:
        await _seen_in_pause(session, plan, now)
    else:
        await clocks.set_anew(session, plan, ("contact", *(("watch",) if plan.watch_until else ())), now)
    if contact.event_id is not None:
        await reopening.put_back(session, contact.event_id, case.worker_id)


async def go_on(session: AsyncSession, case: Case, plan: Plan, event_id: UUID | None, now: datetime) -> None:
    """Reopen a locked plan that a mistaken record had stopped, or pause it again if it was paused before."""
    plan.touch()
    ended = await _pause_ended_by(session, plan, event_id)
    await seen(session, plan)
    if ended is not None:
        await pausing.go_back(session, case, plan, ended, now)
        await _seen_in_pause(session, plan, now)
        await clocks.set_anew(session, plan, OPEN_CLOCKS - PAUSED_BY_HOLD, now)
    else:
        plan.stage, plan.stage_since = "open", now
        last = await session.scalar(select(Hold).where(Hold.plan_id == plan.id).order_by(Hold.ended_at.desc()).limit(1))
        watch = watch_after(last.kind, local_day(last.ended_at)) if last and last.ended_at else None
        plan.watch_until = watch.until if watch and watch.until >= local_day(now) else None
        await clocks.set_anew(session, plan, OPEN_CLOCKS, now, void=HOLD_CLOCKS)
    await emit_changed(session, plan, "opened_again", now)


async def seen(session: AsyncSession, plan: Plan) -> None:
    """Set from when not-seen and the search count: the latest contact not struck, never before the plan's start."""
    pauses = select(func.max(Hold.ended_at)).where(Hold.plan_id == plan.id, Hold.ended_how.not_in(_ENDED_WITH_THE_PLAN))
    begins = [plan.started_at, plan.counts_from, await session.scalar(pauses)]
    floor = max(at for at in begins if at is not None)
    plan.seen_from = max(floor, await _last(session, plan, KnownContact.kind.in_(SEEN)) or floor)
    plan.sighted_from = max(plan.seen_from, await _last(session, plan, KnownContact.kind == "sighted") or floor)
    tried = None
    if plan.phase == ATTEMPT_PHASE:
        tried = await _last(session, plan, KnownContact.kind == "missed", KnownContact.occurred_at > plan.seen_from)
        # A person who came back counts as met, and one met in another phase made this plan with a worker.
        if plan.counts_from is None:
            plan.met = await _last(session, plan, KnownContact.kind.in_(SEEN)) is not None
    plan.attempted_from = tried


async def latest(session: AsyncSession, plan: Plan) -> None:
    """Set the plan's last contact to the latest one that is not struck."""
    found = await session.scalar(
        select(KnownContact)
        .where(*_stands(plan), KnownContact.kind != "missed")
        .order_by(KnownContact.occurred_at.desc(), KnownContact.id.desc())
        .limit(1)
    )
    plan.last_contact_at = found.occurred_at if found else None
    plan.last_contact_kind = found.kind if found else None


async def _seen_in_pause(session: AsyncSession, plan: Plan, now: datetime) -> None:
    hold = await clocks.hold_of(session, plan)
    if hold is None:
        return
    during = KnownContact.occurred_at > hold.began_at
    plan.hold_contact_at = await _last(session, plan, KnownContact.kind.in_(SEEN), during)
    anew = ("hold_contact", *(("watch",) if plan.watch_until else ()))
    await clocks.set_anew(session, plan, anew, now)
    since = KnownContact.occurred_at > (hold.confirmed_at or hold.began_at)
    if await _last(session, plan, KnownContact.kind.in_(("met", "sighted")), since) is None:
        await tasks.close(session, Task.key == task_key("check_return", plan), why=release.BY_MISTAKE)


async def _last(session: AsyncSession, plan: Plan, *where: ColumnElement[bool]) -> datetime | None:
    latest = await session.scalar(select(func.max(KnownContact.occurred_at)).where(*_stands(plan), *where))
    # Another machine's clock may run a little ahead of ours.
    return None if latest is None else min(latest, clock.now())


def _stands(plan: Plan) -> tuple[ColumnElement[bool], ...]:
    return (
        KnownContact.person_id == plan.person_id,
        KnownContact.team_id == plan.team_id,
        KnownContact.struck_at.is_(None),
    )


async def _pause_ended_by(session: AsyncSession, plan: Plan, event_id: UUID | None) -> Hold | None:
    if event_id is None:
        return None
    return await session.scalar(select(Hold).where(Hold.plan_id == plan.id, Hold.ended_event == event_id))
