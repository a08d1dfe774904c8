"""Handler of a referral's moves: what a move settles is closed, and what it makes owed is opened.

Events may come twice and in any order: the row of a referral keeps the version up to which its moves are applied.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import TimelineEntry
from services.casework.case.models import Case
from services.casework.event_handlers.about import about_referral, asks_nothing, key_of, not_later, open_case_of
from services.casework.event_handlers.appointments import inform_person
from services.casework.next_step import service as next_steps
from services.casework.next_step.models import NextStep
from services.casework.projections.models import ENDED, KnownReferral
from services.casework.projections.referrals import CORRECT, known, store_state
from services.casework.task import clashes, reopening
from services.casework.task import lines as task_lines
from services.casework.task import service as tasks
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS, MAILS, UNTIL_READ
from services.casework.timeline import entries
from shared.events.referrals import ReferralEvent, ReferralMoved
from shared.practice.cadence import MISS_REASON, MISS_STEPS, MISSES_COUNT_FOR

OWES_NEXT_STEP = frozenset({"declined", "withdrawn", "undeliverable"})
AFTER_A_DECLINE = ("declined_after_acceptance", "declined_after_acceptance_supervisor")


async def moved(session: AsyncSession, event: ReferralMoved) -> None:
    """Apply a move of the referral: close what it settles, and open what it makes owed."""
    case = await open_case_of(session, event)
    row = await known(session, event)
    if event.version <= row.reacted_version:
        return
    row.reacted_version = event.version
    store_state(row, event)
    await session.flush()
    await _settle(session, event, row)
    if not asks_nothing(case) and not _said_by_person(event):
        await _open_owed(session, event, row, case)


async def _settle(session: AsyncSession, event: ReferralMoved, row: KnownReferral) -> None:
    """Close what nobody needs to do any more after this move."""
    if event.from_state == "booked" and event.move != "told":
        await clashes.settled(session, event.referral_id, event.move)
    if event.from_state == "booked" or event.to_state in ENDED:
        moot = (
            key_of("inform_person", event.referral_id),
            key_of("confirm_appointment", event.referral_id),
            tasks.became_key(event.referral_id),
        )
        await tasks.close(session, Task.key.in_(moot), why=event.to_state)
    if event.from_state in (*ENDED, "undeliverable"):
        await next_steps.close(session, NextStep.referral_id == event.referral_id, why=event.move)
    await tasks.close(session, Task.key == key_of("ring_to_refer", event.referral_id), why=event.to_state)
    if event.to_state in ENDED:
        row.question_version = max(row.question_version, event.version)
        await _close_all(session, event)
    if event.from_state in ENDED:
        await tasks.close(session, Task.key == key_of("refer_again", event.referral_id), why=event.move)
    if event.to_state == "attended":
        await tasks.close(session, Task.key.in_(_missed_keys(event)), why="attended")
    if event.move == CORRECT:
        await _no_longer_owed(session, event)


async def _open_owed(session: AsyncSession, event: ReferralMoved, row: KnownReferral, case: Case | None) -> None:
    """Open what somebody has to do because of this move."""
    about, at = about_referral(event, row, case), not_later(event.occurred_at)
    if event.move == CORRECT:
        await _owed_again(session, event, about, at)
    if event.move == "miss" and event.reason == MISS_REASON:
        await _change_channel(session, event, about, at)
    if event.to_state == "booked" and event.move != "told":
        await _booked(session, event, row, case, about, at)
    if event.to_state in OWES_NEXT_STEP:
        await next_steps.open_for(
            session, about, stage_entry=event.stage_entry, why=event.to_state, reason=event.reason, at=at
        )
    if event.to_state == "declined" and event.after_acceptance:
        for kind in AFTER_A_DECLINE:
            await tasks.open_task(session, kind, f"{kind}:{event.referral_id}:{event.stage_entry}", about, at=at)


async def _booked(
    session: AsyncSession, event: ReferralMoved, row: KnownReferral, case: Case | None, about: tasks.About, at: datetime
) -> None:
    """Open the tasks of a new appointment: confirm what is only proposed, inform the person, move it in a pause."""
    await clashes.check(session, row, about, at)
    if event.appointment_told:
        return
    if event.proposed and row.confirmed_version <= event.version:
        key = key_of("confirm_appointment", event.referral_id)
        await tasks.open_task(session, "confirm_appointment", key, about, at=at)
    else:
        await inform_person(session, event, event.appointment_at, row, about, at)
    if case is not None and case.stage == "on_hold":
        key = key_of("move_or_cancel_appointment", event.referral_id)
        await tasks.open_task(session, "move_or_cancel_appointment", key, about, at=at)


async def _change_channel(session: AsyncSession, event: ReferralMoved, about: tasks.About, at: datetime) -> None:
    """Open the task to reach a person who did not come in another way, and from the third miss on a case conference.

    Misses are counted over all referrals of the person: three services with one miss each are three misses.
    """
    theirs = select(KnownReferral.id).where(
        KnownReferral.team_id == event.team_id, KnownReferral.person_id == event.person_id
    )
    here = TimelineEntry.row_id == event.referral_id
    before = await session.scalar(
        select(func.count())
        .select_from(TimelineEntry)
        .where(TimelineEntry.row_id.in_(theirs), or_(~here, TimelineEntry.version < event.version))
        .where(TimelineEntry.what == "miss", TimelineEntry.detail["reason"].as_string() == MISS_REASON)
        .where(TimelineEntry.at <= event.occurred_at, TimelineEntry.at > event.occurred_at - MISSES_COUNT_FOR)
        .where(entries.stands())
    )
    kind = MISS_STEPS[min(before or 0, len(MISS_STEPS) - 1)]
    await tasks.close(session, Task.key.in_(_missed_keys(event)), why="missed_again")
    if KINDS[kind].for_role == "supervisor":
        # The task is about the person: the end of this referral does not settle it.
        about = replace(about, referral_id=None, agency_id=None)
    await tasks.open_task(session, kind, _missed_key(event), about, at=at)


async def _no_longer_owed(session: AsyncSession, event: ReferralMoved) -> None:
    """Close what a mistaken answer had made us owe."""
    keys = [f"{kind}:{event.referral_id}:{event.stage_entry - 1}" for kind in AFTER_A_DECLINE]
    if event.corrects == "miss":
        keys += _missed_keys(event)
    await tasks.close(session, Task.key.in_(keys), why="by_mistake")


async def _owed_again(session: AsyncSession, event: ReferralMoved, about: tasks.About, at: datetime) -> None:
    """Open again what the mistaken answer had closed; inform whoever has already done something else instead."""
    corrected = select(TimelineEntry.id).where(
        TimelineEntry.row_id == event.referral_id,
        TimelineEntry.team_id == event.team_id,
        TimelineEntry.version == event.corrects_version,
        TimelineEntry.what == event.corrects,
    )
    if (event_id := await session.scalar(corrected)) is not None:
        await reopening.put_back(session, event_id, about.worker_id, lines=False)
    instead = select(NextStep.closed_by).where(
        NextStep.referral_id == event.referral_id,
        NextStep.stage_entry == event.stage_entry - 1,
        NextStep.status == "recorded",
    )
    by = await session.scalar(instead)
    if by is not None and by != event.by:
        key = f"answer_changed:{event.referral_id}:{event.stage_entry}"
        await tasks.open_task(session, "answer_changed", key, about, at=at)


async def _close_all(session: AsyncSession, event: ReferralMoved) -> None:
    """Close everything that an ended referral asked of us. Emails of the service are still read by somebody."""
    mine = Task.referral_id == event.referral_id
    await tasks.close(session, mine, Task.kind.not_in(UNTIL_READ | {"next_step"}), why=event.to_state)
    lines = TaskLine.referral_id == event.referral_id
    await task_lines.close_lines(session, event.to_state, lines, TaskLine.task_kind.not_in(MAILS))


def _missed_key(event: ReferralEvent) -> str:
    return f"missed:{event.team_id}:{event.person_id}"


def _missed_keys(event: ReferralEvent) -> tuple[str, str]:
    """Return the key of what is asked after a miss of the person, and of what was undone of this very referral."""
    return _missed_key(event), tasks.own_key(_missed_key(event), event.referral_id)


def _said_by_person(event: ReferralMoved) -> bool:
    """Return whether the referral ended because the person said no to us or died.

    That event itself may not have come yet: nothing is owed.
    """
    return event.by == "system" and event.reason in ("person_declined", "died")
