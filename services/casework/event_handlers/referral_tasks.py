"""Handlers of a referral's events: tasks and next steps, opened once and closed when no longer owed.

Events may come twice and in any order: each referral's row keeps the version up to which its steps are resolved, its
moves applied, the person informed of its appointment and its questions answered.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import TimelineEntry
from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.next_step import service as next_steps
from services.casework.next_step.models import NextStep
from services.casework.projections import mails
from services.casework.projections.models import KnownReferral
from services.casework.projections.referrals import CORRECT, known, store_state
from services.casework.task import again, clashes
from services.casework.task import service as tasks
from services.casework.task.models import Task, TaskLine
from services.casework.task.rules import KINDS, MAILS, UNTIL_READ, inform_person_due
from services.casework.timeline import entries
from shared import clock
from shared.events.referrals import (
    AppointmentConfirmed,
    AppointmentTold,
    CallNeeded,
    EscalationRecorded,
    EscalationsResolved,
    MailArrived,
    MailRead,
    QuestionAnswered,
    QuestionRaised,
    ReferralDecided,
    ReferralEvent,
    ReferralMoved,
    ServiceShut,
)
from shared.practice.cadence import MISS_REASON, MISS_STEPS, MISSES_COUNT_FOR
from shared.practice.ladder import asked_as

# The agency is reminded by a message; nobody of ours has anything to do.
NO_TASK = frozenset({"remind_agency"})
OWES_NEXT_STEP = frozenset({"declined", "withdrawn", "undeliverable"})
ENDINGS = frozenset({"completed", "declined", "withdrawn"})
_ASKED_BY_MAIL = {"read": "read_mail", "address": "correct_address", "guardian": "split_mail"}
AFTER_A_DECLINE = ("declined_after_acceptance", "declined_after_acceptance_supervisor")
# The fact that ended the referral was recorded by mistake.
ENDED_BY_MISTAKE = "ended_by_mistake"
ANSWER_REFUSED = "answer_refused"


async def escalated(session: AsyncSession, event: EscalationRecorded) -> None:
    """Add a line to the day's task for this agency, for a step that fired. Overtaken steps ask nothing of anybody."""
    if event.outcome != "fired" or event.action in NO_TASK:
        return
    case = await _case(session, event)
    row = await known(session, event)
    # Judged by the resolved version, not by the referral's state: a question outlives its stage, and the board may
    # receive the next stage first.
    stale = event.version < row.resolved_version and str(event.escalation_id) not in row.still_owed
    if stale or _silent(case) or await _case_is_closed(session, event, case):
        return
    # In custody every step goes to the worker alone.
    kind = "ask_worker" if event.worker_only else event.action
    kind = asked_as(kind, event.waits_on)
    if kind == "answer_question":
        # The worker has been asked already, unless that was before casework handled questions.
        if row.question_version <= event.version:
            await _answer_them(session, event, row, case)
        return
    about = tasks.About(event.team_id, worker_id=_whose(row, case), agency_id=event.agency_id)
    line = tasks.Line(
        f"escalation:{event.escalation_id}", event.referral_id, event.stage_entry, event.person_id, _id(case)
    )
    await tasks.gather(session, kind, about, line, at=_not_later(event.occurred_at))


async def resolved(session: AsyncSession, event: EscalationsResolved) -> None:
    """Take the lines of answered escalations off the tasks. An email must still be read, whatever else was answered."""
    row = await known(session, event)
    if event.version >= row.resolved_version:
        row.resolved_version, row.still_owed = event.version, [str(each) for each in event.still_owed]
    await session.flush()
    await tasks.close_lines(
        session,
        "answered",
        TaskLine.referral_id == event.referral_id,
        TaskLine.stage_entry <= event.stage_entry,
        TaskLine.task_kind.not_in(MAILS),
        TaskLine.source.not_in([f"escalation:{each}" for each in row.still_owed]),
    )


async def moved(session: AsyncSession, event: ReferralMoved) -> None:
    """Apply a move of the referral: open what it makes owed, and close what it makes moot."""
    case = await _case(session, event)
    row = await known(session, event)
    if event.version <= row.reacted_version:
        return
    row.reacted_version = event.version
    store_state(row, event)
    await session.flush()
    at = _not_later(event.occurred_at)
    about = _about(event, row, case)
    if event.from_state == "booked" and event.move != "told":
        await clashes.settled(session, event.referral_id, event.move)
    if event.from_state == "booked" or event.to_state in ENDINGS:
        moot = (
            _key("inform_person", event.referral_id),
            _key("confirm_appointment", event.referral_id),
            tasks.became_key(event.referral_id),
        )
        await tasks.close(session, Task.key.in_(moot), why=event.to_state)
    if event.from_state in ENDINGS | {"undeliverable"}:
        await next_steps.close(session, NextStep.referral_id == event.referral_id, why=event.move)
    await tasks.close(session, Task.key == _key("ring_to_refer", event.referral_id), why=event.to_state)
    if event.to_state in ENDINGS:
        row.question_version = max(row.question_version, event.version)
        await _close_all(session, event)
    if event.from_state in ENDINGS:
        await tasks.close(session, Task.key == _key("refer_again", event.referral_id), why=event.move)
    if event.to_state == "attended":
        await tasks.close(session, Task.key == _missed_key(event), why="attended")
    if event.move == CORRECT:
        await _no_longer_owed(session, event)
    if _silent(case) or _said_by_person(event):
        return
    if event.move == CORRECT:
        await _owed_again(session, event, about, at)
    if event.move == "miss" and event.reason == MISS_REASON:
        await _change_channel(session, event, about, at)
    if event.to_state == "booked" and event.move != "told":
        await clashes.check(session, row, about, at)
    if event.to_state == "booked" and event.move != "told" and not event.appointment_told:
        if event.proposed and row.confirmed_version <= event.version:
            await tasks.open_task(
                session, "confirm_appointment", _key("confirm_appointment", event.referral_id), about, at=at
            )
        else:
            await _inform_person(session, event, event.appointment_at, row, about, at)
        if case is not None and case.stage == "on_hold":
            key = f"move_or_cancel_appointment:{event.referral_id}"
            await tasks.open_task(session, "move_or_cancel_appointment", key, about, at=at)
    if event.to_state in OWES_NEXT_STEP:
        await next_steps.open_for(
            session, about, stage_entry=event.stage_entry, why=event.to_state, reason=event.reason, at=at
        )
    if event.to_state == "declined" and event.after_acceptance:
        for kind in AFTER_A_DECLINE:
            await tasks.open_task(session, kind, f"{kind}:{event.referral_id}:{event.stage_entry}", about, at=at)


async def call_needed(session: AsyncSession, event: CallNeeded) -> None:
    """Open the worker's task to ring a service without an email address, today, and tell it of the referral."""
    case = await _case(session, event)
    row = await known(session, event)
    if event.version <= row.reacted_version or _silent(case):
        return
    key, at = _key("ring_to_refer", event.referral_id), _not_later(event.occurred_at)
    await tasks.open_task(session, "ring_to_refer", key, _about(event, row, case), at=at)


async def question_raised(session: AsyncSession, event: QuestionRaised) -> None:
    """Open the task to answer the agency's question, by the next working day: nobody would see it otherwise."""
    case = await _case(session, event)
    row = await known(session, event)
    if event.version <= row.question_version:
        return
    row.question_version = event.version
    await session.flush()
    if not _silent(case):
        await _answer_them(session, event, row, case)


async def question_answered(session: AsyncSession, event: QuestionAnswered) -> None:
    """Close the task of a question that was answered."""
    row = await known(session, event)
    if event.version <= row.question_version:
        return
    row.question_version = event.version
    await session.flush()
    await tasks.close(session, Task.key == _key("answer_question", event.referral_id), why="answered")


async def decided(session: AsyncSession, event: ReferralDecided) -> None:
    """Open the task to refer again where the ending was recorded by mistake; only a person starts it again.

    A refused answer opens a task to read it, also after a no or a death. No other decision opens a task.
    """
    if event.decision == ANSWER_REFUSED:
        about = _about(event, await known(session, event), await _case(session, event))
        key, at = f"{ANSWER_REFUSED}:{event.referral_id}", _not_later(event.occurred_at)
        await tasks.open_task(session, ANSWER_REFUSED, key, about, at=at)
    if event.decision != ENDED_BY_MISTAKE:
        return
    case = await _case(session, event)
    row = await known(session, event)
    if row.reacted_version > event.version:
        return  # the referral was opened again before this event came
    await tasks.open_task(
        session,
        "refer_again",
        _key("refer_again", event.referral_id),
        _about(event, row, case),
        at=_not_later(event.occurred_at),
    )


async def service_shut(session: AsyncSession, event: ServiceShut) -> None:
    """Open the worker's task to choose another service for one that closed.

    It ends with the referral, or when it is done.
    """
    case = await _case(session, event)
    row = await known(session, event)
    if row.reacted_version > event.version and row.state in ENDINGS:
        return
    if not _silent(case):
        key = f"service_shut:{event.referral_id}:{event.version}"
        await tasks.open_task(session, "service_shut", key, _about(event, row, case), at=_not_later(event.occurred_at))


async def confirmed(session: AsyncSession, event: AppointmentConfirmed) -> None:
    """Close the task to confirm an appointment, which the service confirmed, and open the task to inform the person."""
    case = await _case(session, event)
    row = await known(session, event)
    if event.version <= row.confirmed_version:
        return
    row.confirmed_version = event.version
    await session.flush()
    await tasks.close(session, Task.key == _key("confirm_appointment", event.referral_id), why="confirmed")
    # A move received before this one proposed it; a later move has the present appointment.
    if row.reacted_version <= event.version and not _silent(case):
        about, at = _about(event, row, case), _not_later(event.occurred_at)
        await _inform_person(session, event, event.appointment_at, row, about, at)


async def person_informed(session: AsyncSession, event: AppointmentTold) -> None:
    """Close the task to inform the person, who now knows of the appointment."""
    row = await known(session, event)
    row.told_version = max(row.told_version, event.version)
    await session.flush()
    if row.reacted_version <= event.version:
        await tasks.close(session, Task.key == _key("inform_person", event.referral_id), why="told")


async def mail_arrived(session: AsyncSession, event: MailArrived) -> None:
    """Open the task to read an email, within a working day, for whoever works with the first person it is about.

    An email about people of two teams is for their guardian alone.
    """
    if (await mails.known(session, event.mail_id, event.team_id)).read_at is not None:
        return
    at = _not_later(event.occurred_at)
    rows = [await session.get(KnownReferral, referral) for referral in event.referral_ids]
    found = [row for row in rows if row is not None and row.team_id == event.team_id]
    of = {row.person_id: await cases.open_case_of(session, event.team_id, row.person_id) for row in found}
    case = of[found[0].person_id] if found else None
    about = tasks.About(event.team_id, worker_id=_whose(found[0], case) if found else None)
    task = await tasks.open_task(session, _ASKED_BY_MAIL[event.asks], f"read_mail:{event.mail_id}", about, at=at)
    task.agency_id = event.agency_id
    for row in found:
        # The case on the referral's row may be over.
        case_id = _id(of[row.person_id]) or row.case_id
        line = tasks.Line(f"mail:{event.mail_id}:{row.id}", row.id, row.stage_entry, row.person_id, case_id)
        await tasks.put_on(session, task, line)


async def mail_read(session: AsyncSession, event: MailRead) -> None:
    """Close the task to read an email, also when the arrival of the email is handled only afterwards."""
    if event.team_id is not None:
        (await mails.known(session, event.mail_id, event.team_id)).read_at = event.occurred_at
    await tasks.close(session, Task.key == f"read_mail:{event.mail_id}", why="read")


async def _answer_them(session: AsyncSession, event: ReferralEvent, row: KnownReferral, case: Case | None) -> None:
    key, about = _key("answer_question", event.referral_id), _about(event, row, case)
    await tasks.open_task(session, "answer_question", key, about, at=_not_later(event.occurred_at))


async def _inform_person(
    session: AsyncSession,
    event: ReferralEvent,
    appointment_at: datetime | None,
    row: KnownReferral,
    about: tasks.About,
    at: datetime,
) -> None:
    if row.told_version > event.version:
        return
    if appointment_at is not None and appointment_at <= clock.now():
        # The event came only after its hour: the person can no longer be informed.
        await tasks.open_task(session, "what_became", tasks.became_key(event.referral_id), about, at=at)
        return
    due = inform_person_due(at, appointment_at) if appointment_at and appointment_at > at else None
    # A new date is a new fact for the person.
    await tasks.close(session, Task.key == _key("inform_person", event.referral_id), why="rebooked")
    await tasks.open_task(session, "inform_person", _key("inform_person", event.referral_id), about, at=at, due=due)


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
    await tasks.close(session, Task.key == _missed_key(event), why="missed_again")
    if KINDS[kind].for_role == "supervisor":
        # The task is about the person: the end of this referral does not settle it.
        about = replace(about, referral_id=None, agency_id=None)
    await tasks.open_task(session, kind, _missed_key(event), about, at=at)


async def _no_longer_owed(session: AsyncSession, event: ReferralMoved) -> None:
    """Close what a mistaken answer had made us owe."""
    keys = [f"{kind}:{event.referral_id}:{event.stage_entry - 1}" for kind in AFTER_A_DECLINE]
    if event.corrects == "miss":
        keys.append(_missed_key(event))
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
        await again.put_back(session, event_id, about.worker_id, lines=False)
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
    await tasks.close_lines(session, event.to_state, lines, TaskLine.task_kind.not_in(MAILS))


def _key(kind: str, referral_id: UUID) -> str:
    return f"{kind}:{referral_id}"


def _missed_key(event: ReferralEvent) -> str:
    return f"missed:{event.team_id}:{event.person_id}"


async def _case(session: AsyncSession, event: ReferralEvent) -> Case | None:
    """Return the open case of this referral, locked so that its worker stays the same meanwhile."""
    return await cases.open_case_of(session, event.team_id, event.person_id, lock=True)


def _silent(case: Case | None) -> bool:
    """Return whether the person said no or died: nothing more is asked of anybody because of a referral."""
    return case is not None and (case.stage == "said_no" or case.died_at is not None)


def _said_by_person(event: ReferralMoved) -> bool:
    """Return whether the referral ended because the person said no to us or died.

    That event itself may not have come yet: nothing is owed.
    """
    return event.by == "system" and event.reason in ("person_declined", "died")


async def _case_is_closed(session: AsyncSession, event: ReferralEvent, open_case: Case | None) -> bool:
    """Return whether nobody works with the person any more: the agency's silence then asks nothing of anybody.

    A case that casework does not know proves nothing, so its steps stay the supervisors'.
    """
    if open_case is not None or event.case_id is None:
        return False
    case = await session.get(Case, event.case_id)
    return case is not None and case.team_id == event.team_id and case.stage == "closed"


def _whose(row: KnownReferral, case: Case | None) -> str | None:
    """Return the worker of the open case; without a case, whoever wrote the referral."""
    return case.worker_id if case else row.author


def _about(event: ReferralEvent, row: KnownReferral, case: Case | None) -> tasks.About:
    return tasks.About(
        event.team_id,
        worker_id=_whose(row, case),
        case_id=_id(case),
        plan_id=event.plan_id,
        person_id=event.person_id,
        referral_id=event.referral_id,
        agency_id=event.agency_id,
    )


def _id(case: Case | None) -> UUID | None:
    return case.id if case else None


def _not_later(at: datetime) -> datetime:
    return min(at, clock.now())
