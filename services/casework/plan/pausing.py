"""The start, change and end of a pause, on a locked case and plan."""

from datetime import date, datetime

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.hold.rules import ASKED_TASKS, END_TASKS, WHILE_TASKS
from services.casework.plan import clocks, release
from services.casework.plan.events import emit_changed, emit_event
from services.casework.plan.models import Plan
from services.casework.plan.rules import HOLD_CLOCKS, PAUSED_BY_HOLD
from services.casework.plan.steps import task_key
from services.casework.projections.referrals import open_referrals
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import UNTIL_MET, UNTIL_SEEN
from shared import clock
from shared.events.casework import PlanHeld, PlanResumed
from shared.practice.cadence import hold as hold_rule
from shared.practice.cadence import watch_after
from shared.practice.calendar import local_day, morning


async def begin(
    session: AsyncSession, case: Case, plan: Plan, *, kind: str, until: datetime | None, at: datetime, by: str
) -> None:
    """Pause the plan: void not-seen, open the pause's own clocks, ask to move or cancel appointments."""
    row = Hold(team_id=plan.team_id, plan_id=plan.id, kind=kind, began_at=at, began_by=by, until=until)
    session.add(row)
    await session.flush()
    plan.hold_id, plan.hold_contact_at = row.id, None
    plan.stage, plan.stage_since = "held", at
    plan.watch_until = None
    await clocks.set_anew(session, plan, HOLD_CLOCKS, at, void=PAUSED_BY_HOLD)
    await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(UNTIL_SEEN | END_TASKS), why="held")
    await cases.move(session, case, "on_hold", at)
    about = tasks.about_case(case, plan)
    for referral in await open_referrals(session, about.team_id, about.person_id):
        if referral.state == "booked" and (referral.appointment_at is None or referral.appointment_at > at):
            each = tasks.about_case(case, plan, referral.id)
            key = f"move_or_cancel_appointment:{referral.id}"
            await tasks.open_task(session, "move_or_cancel_appointment", key, each, at=at)
    await _emit_held(session, plan, row, at, "held", driving=True, who=by)


async def change_end(session: AsyncSession, plan: Plan, hold: Hold, until: datetime | None, *, by: str) -> None:
    """Set the end of a pause (None: unknown) and close the tasks that asked for it.

    When the end moves to another day, the preparations for the old day are asked for again.
    """
    now = clock.now()
    hold.confirmed_at = now
    anew, void = {"look_again", "ask_weekly"}, set[str]()
    if _day(until) != _day(hold.until):
        hold.until_since = now
        plan.watch_until = None
        anew, void = anew | {"hold_eve", "hold_end"}, {"watch"}
        owed = Task.kind.in_(END_TASKS | {"not_seen"})
        await tasks.close(session, Task.plan_id == plan.id, owed, why=release.DATE_CHANGED)
    hold.until = until
    await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(ASKED_TASKS), why="answered")
    plan.touch()
    plan.set_last_action("pause_confirmed", by, now)
    await clocks.set_anew(session, plan, anew, now, void=void)
    await emit_changed(session, plan, "pause_confirmed", now)


def _day(at: datetime | None) -> date | None:
    return local_day(at) if at else None


def said_end(hold: Hold, at: datetime, given: datetime | None) -> datetime:
    """Return when a pause ended: as given, else its known end if that is past, else `at`; never before it began."""
    if given is not None:
        return max(given, hold.began_at)
    if hold.until is not None and local_day(hold.until) <= local_day(at):
        return max(min(at, morning(local_day(hold.until))), hold.began_at)
    return max(at, hold.began_at)


async def end(
    session: AsyncSession, case: Case, plan: Plan, hold: Hold, at: datetime, *, by: str, how: str, going_on: bool = True
) -> None:
    """End the pause. Not-seen counts from its end, and after prison or hospital the days of risk are watched.

    After a sighting the worker is asked whether the person is back. Without `going_on` the plan has stopped or closed.
    """
    now = clock.now()
    hold.ended_at, hold.ended_by, hold.ended_how = at, by, how
    hold.ended_event = tasks.event_of(session)
    plan.hold_id, plan.hold_contact_at = None, None
    await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(WHILE_TASKS), why=how)
    if not going_on:
        await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(END_TASKS), why=how)
    else:
        plan.stage, plan.stage_since = "open", at
        plan.seen_from = max(plan.seen_from, at)
        plan.sighted_from = max(plan.sighted_from, at)
        watch = watch_after(hold.kind, local_day(at))
        plan.watch_until = watch.until if watch else None
        await clocks.set_anew(session, plan, PAUSED_BY_HOLD, now, void=HOLD_CLOCKS)
        await cases.go_on(session, case, now)
        await _after(session, case, plan, hold, at, how, now)
    await emit_event(session, plan, PlanResumed, at, "resumed", driving=going_on, who=by, how=how)


async def _after(
    session: AsyncSession, case: Case, plan: Plan, hold: Hold, ended: datetime, how: str, now: datetime
) -> None:
    """Open the tasks that follow the end of a pause, without those to see a person who was met after that end.

    A meeting before the end does not count: it took place in custody or hospital.
    """
    rule = hold_rule(hold.kind)
    if how == "sighted":
        about = tasks.about_case(case, plan)
        await tasks.open_task(session, "check_return", task_key("check_return", plan), about, at=now)
        return
    met = plan.last_contact_kind == "met" and plan.last_contact_at and plan.last_contact_at >= ended
    if met:
        await tasks.close(session, Task.plan_id == plan.id, Task.kind.in_(UNTIL_MET), why="seen")
    kinds = rule.prepare if met else (*rule.when_it_ends, *rule.prepare)
    await release.ask_for(session, case, plan, hold, kinds, local_day(ended), now)


async def go_back(session: AsyncSession, case: Case, plan: Plan, hold: Hold, now: datetime) -> None:
    """Resume a pause that a mistaken record had ended, and close the tasks that its end had opened."""
    hold.ended_at = hold.ended_by = hold.ended_how = hold.ended_event = None
    plan.hold_id, plan.hold_contact_at, plan.watch_until = hold.id, None, None
    plan.stage, plan.stage_since = "held", hold.began_at
    await session.flush()
    await clocks.set_anew(session, plan, HOLD_CLOCKS, now, void=PAUSED_BY_HOLD)
    asked = or_(Task.kind.in_(END_TASKS), Task.key == task_key("check_return", plan))
    await tasks.close(session, Task.plan_id == plan.id, asked, why=release.BY_MISTAKE)
    await cases.move(session, case, "on_hold", now)
    await _emit_held(session, plan, hold, now, "held_again")


async def _emit_held(
    session: AsyncSession,
    plan: Plan,
    hold: Hold,
    at: datetime,
    what: str,
    *,
    driving: bool = False,
    who: str | None = None,
) -> None:
    until = hold.until.isoformat() if hold.until else None
    facts = {"rungs_to_worker_only": hold_rule(hold.kind).worker_only, "until": hold.until}
    await emit_event(session, plan, PlanHeld, at, what, facts=facts, driving=driving, who=who, until=until)
