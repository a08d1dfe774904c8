"""Handlers of the steps of a referral's ladder: a line on the day's task for its service, taken off when answered."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.event_handlers.about import asks_nothing, not_later, open_case_of, whose
from services.casework.event_handlers.questions import ask_for_answer
from services.casework.member import service as members
from services.casework.projections.referrals import known
from services.casework.task import lines as task_lines
from services.casework.task import service as tasks
from services.casework.task.models import TaskLine
from services.casework.task.rules import MAILS
from shared.access.roles import Role
from shared.events.referrals import EscalationRecorded, EscalationsResolved, ReferralDecided, ReferralEvent
from shared.practice.ladder import asked_as

# The service is reminded by a message; nobody of ours has anything to do.
NO_TASK = frozenset({"remind_agency"})


async def escalated(session: AsyncSession, event: EscalationRecorded) -> None:
    """Add a line to the day's task for this agency, for a step that fired. Overtaken steps ask nothing of anybody."""
    if event.outcome != "fired" or event.action in NO_TASK:
        return
    case = await open_case_of(session, event)
    row = await known(session, event)
    # Judged by the resolved version, not by the referral's state: a question outlives its stage, and the board may
    # receive the next stage first.
    stale = event.version < row.resolved_version and str(event.escalation_id) not in row.still_owed
    if stale or asks_nothing(case) or await _case_is_closed(session, event, case):
        return
    # In custody every step goes to the worker alone.
    kind = "ask_worker" if event.worker_only else event.action
    kind = asked_as(kind, event.waits_on)
    if kind == "answer_question":
        # The worker has been asked already, unless that was before casework handled questions.
        if row.question_version <= event.version:
            await ask_for_answer(session, event, row, case)
        return
    about = tasks.About(event.team_id, worker_id=whose(row, case), agency_id=event.agency_id)
    source, case_id = f"escalation:{event.escalation_id}", case.id if case else None
    line = task_lines.Line(source, event.referral_id, event.stage_entry, event.person_id, case_id)
    await task_lines.gather(session, kind, about, line, at=not_later(event.occurred_at))


async def resolved(session: AsyncSession, event: EscalationsResolved) -> None:
    """Take the lines of answered escalations off the tasks. An email must still be read, whatever else was answered."""
    row = await known(session, event)
    if event.version >= row.resolved_version:
        row.resolved_version, row.still_owed = event.version, [str(each) for each in event.still_owed]
    await session.flush()
    await task_lines.close_lines(
        session,
        "answered",
        TaskLine.referral_id == event.referral_id,
        TaskLine.stage_entry <= event.stage_entry,
        TaskLine.task_kind.not_in(MAILS),
        TaskLine.source.not_in([f"escalation:{each}" for each in row.still_owed]),
    )


async def called(session: AsyncSession, event: ReferralDecided) -> None:
    """Take the referral off the calls that were owed when somebody rang; a manager is rung by a supervisor alone."""
    kinds = {"ask_worker"}
    if await members.role_of(session, event.team_id, event.by) == Role.SUPERVISOR:
        kinds.add("ask_supervisor_to_ring")
    await task_lines.close_lines(
        session,
        "called",
        TaskLine.referral_id == event.referral_id,
        TaskLine.task_kind.in_(kinds),
        TaskLine.recorded_at <= event.occurred_at,
    )


async def _case_is_closed(session: AsyncSession, event: ReferralEvent, open_case: Case | None) -> bool:
    """Return whether nobody works with the person any more: the agency's silence then asks nothing of anybody.

    A case that casework does not know proves nothing, so its steps stay the supervisors'.
    """
    if open_case is not None or event.case_id is None:
        return False
    case = await session.get(Case, event.case_id)
    return case is not None and case.team_id == event.team_id and case.stage == "closed"
