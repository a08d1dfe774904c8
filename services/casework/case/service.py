"""Changes of a case, inside the caller's transaction. Lock order everywhere: caseload, case, plan."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import BoardRow
from services.casework.case import caseload
from services.casework.case.events import emit_event
from services.casework.case.models import Case, CaseNote, CaseWorker
from services.casework.case.rules import BESIDE, interrupted, returning, stage_of_plan
from services.casework.member import caseload_lock
from services.casework.member import service as members
from services.casework.next_step import service as next_steps
from services.casework.plan.models import Plan
from services.casework.task import handover as task_handover
from services.casework.task import service as tasks
from services.casework.task.models import Task
from services.casework.task.rules import due_at
from shared import clock
from shared.db.session import actor_of
from shared.events.casework import CaseClosed, CaseOpened, CaseReassigned, CaseStageChanged
from shared.http.problems import conflict

# Compiled at import: nearly every event runs these, and building a statement costs more than running it.
_OPEN_CASE = select(Case).where(
    Case.team_id == bindparam("team"), Case.person_id == bindparam("person"), Case.stage != "closed"
)
_LOCK_CASE = _OPEN_CASE.with_for_update().execution_options(populate_existing=True)
_OPEN_PLAN = select(Plan).where(Plan.case_id == bindparam("case"), Plan.stage != "closed")
_LOCK_PLAN = _OPEN_PLAN.with_for_update().execution_options(populate_existing=True)


async def open_case_of(session: AsyncSession, team_id: UUID, person_id: UUID, *, lock: bool = False) -> Case | None:
    """Return the open case of a person in a team. The team is part of the filter: a person id alone proves nothing."""
    return await session.scalar(_LOCK_CASE if lock else _OPEN_CASE, {"team": team_id, "person": person_id})


async def open_plan_of(session: AsyncSession, case_id: UUID, *, lock: bool = False) -> Plan | None:
    """Return the open plan of a case. The caller locks the case first."""
    return await session.scalar(_LOCK_PLAN if lock else _OPEN_PLAN, {"case": case_id})


def has_open_plan(case_id: ColumnElement[UUID | None]) -> ColumnElement[bool]:
    """Return the condition that a case has an open plan, for use in a statement."""
    return exists().where(Plan.case_id == case_id, Plan.stage != "closed")


@dataclass(frozen=True)
class LatestPlan:
    id: UUID
    open: bool


async def latest_plans(session: AsyncSession, cases: list[UUID]) -> dict[UUID, LatestPlan]:
    """Return for each case its open plan, or else the last one."""
    is_open = Plan.stage != "closed"
    found = await session.execute(
        select(Plan.case_id, Plan.id, is_open).where(Plan.case_id.in_(cases)).order_by(is_open, Plan.started_at)
    )
    return {case: LatestPlan(plan, is_open) for case, plan, is_open in found}


async def register(
    session: AsyncSession, *, case_id: UUID, team_id: UUID, person_id: UUID, worker_id: str | None, over_ceiling: bool
) -> Case:
    """Open a case: with the worker if there is room (or a supervisor agrees), else waiting for one."""
    now = clock.now()
    by = actor_of(session).user_id
    await caseload_lock.lock(session, worker_id)
    if worker_id is not None:
        await members.check(session, team_id, worker_id, field="worker_id")
    room = worker_id is not None and await caseload.has_room(session, team_id, worker_id)
    given = worker_id if worker_id and (room or over_ceiling) else None
    case = Case(
        id=case_id,
        team_id=team_id,
        person_id=person_id,
        worker_id=given,
        wanted_worker_id=None if given else worker_id,
        stage="engaging" if given else "waiting",
        stage_since=now,
        opened_at=now,
        over_ceiling_by=by if given and not room else None,
    )
    session.add(case)
    try:
        await session.flush()
    except IntegrityError:
        raise conflict("There is an open case already, or this id is taken.", rule="already_open") from None
    await _attach_open_work(session, case)
    if given:
        session.add(CaseWorker(team_id=team_id, case_id=case.id, worker_id=given, from_at=now))
        await task_handover.hand_over(session, case.id, team_id, given)
    else:
        await _wait_for_worker(session, case, now)
    await emit_event(session, case, CaseOpened, now, stage=case.stage, worker_id=given)
    return case


async def _wait_for_worker(session: AsyncSession, case: Case, now: datetime) -> None:
    """Open the supervisors' task for a case without a worker, with a clock of five working days."""
    case.waiting_until = due_at("waiting_for_worker", now)
    about = tasks.About(case.team_id, case_id=case.id, person_id=case.person_id)
    await tasks.open_task(session, "waiting_for_worker", f"waiting:{case.id}", about, at=now, due=case.waiting_until)


async def move(session: AsyncSession, case: Case, stage: str, at: datetime) -> None:
    """Move a locked case to a stage; an interruption records the stage before it."""
    if case.stage == stage:
        return
    before = case.stage
    if stage in ("on_hold", "lost_contact", "said_no"):
        case.returns_to = interrupted(case.stage, case.returns_to)
    else:
        case.returns_to = None
    case.stage, case.stage_since = stage, at
    case.touch()
    await emit_event(session, case, CaseStageChanged, at, from_stage=before, to_stage=stage)


async def follow_plan(session: AsyncSession, case: Case, stage: str, at: datetime) -> None:
    """Move a locked case to the stage of its plan; an interrupted case goes there when the interruption is over."""
    if case.stage not in BESIDE:
        await move(session, case, stage, at)
    elif case.returns_to != stage:
        case.returns_to = stage
        case.touch()


async def go_on(session: AsyncSession, case: Case, at: datetime) -> None:
    """End an interruption: the case returns to its stage before, and a wait for a worker begins anew."""
    await move(session, case, returning(case.returns_to, case.worker_id is not None), at)
    if case.stage == "waiting":
        await _wait_for_worker(session, case, at)


async def assign(
    session: AsyncSession, case: Case, worker_id: str, at: datetime, *, by: str, over_ceiling: bool
) -> bool:
    """Give a locked case with its open tasks to a worker; return False when there is no room and nobody agreed.

    Work before stays credited to whoever had the case on that day. A worker who receives a case from somebody else gets
    a task, which stays on their list until they have seen it.
    """
    if case.worker_id == worker_id:
        return True
    stage = "engaging" if case.stage == "waiting" else case.stage
    room = await caseload.has_room(session, case.team_id, worker_id, stage, await caseload.hold_of(session, case.id))
    if not room and not over_ceiling:
        return False
    before = case.worker_id
    await session.execute(
        update(CaseWorker).where(CaseWorker.case_id == case.id, CaseWorker.until_at.is_(None)).values(until_at=at)
    )
    session.add(CaseWorker(team_id=case.team_id, case_id=case.id, worker_id=worker_id, from_at=at))
    case.worker_id, case.wanted_worker_id, case.waiting_until = worker_id, None, None
    case.over_ceiling_by = None if room else actor_of(session).user_id
    case.touch()
    await tasks.close(session, Task.key == f"waiting:{case.id}", why="has_worker")
    if case.stage == "waiting":
        plan = await open_plan_of(session, case.id)
        await move(session, case, stage_of_plan(plan.template, plan.phase) if plan else "engaging", at)
    await _changed_hands(session, case, before, at)
    if by != worker_id:
        about = tasks.About(case.team_id, worker_id, case.id, None, case.person_id)
        await tasks.open_task(session, "case_given", f"case_given:{case.id}", about, at=clock.now())
    await show_again(session, case.id)
    return True


async def lose_worker(session: AsyncSession, case: Case, at: datetime) -> None:
    """Take a locked open case from its worker, who has left.

    The case waits for another worker; until then its open tasks are the supervisors'. Its plan and clocks go on.
    """
    before = case.worker_id
    await session.execute(
        update(CaseWorker).where(CaseWorker.case_id == case.id, CaseWorker.until_at.is_(None)).values(until_at=at)
    )
    case.worker_id = case.wanted_worker_id = case.over_ceiling_by = None
    case.touch()
    if case.stage not in BESIDE:
        await move(session, case, "waiting", at)
    await _wait_for_worker(session, case, at)
    await _changed_hands(session, case, before, at)
    await show_again(session, case.id)


async def _changed_hands(session: AsyncSession, case: Case, before: str | None, at: datetime) -> None:
    """Emit the new worker of a case, or that it has none, and hand over its open tasks."""
    await emit_event(session, case, CaseReassigned, at, worker_id=case.worker_id, previous_worker_id=before)
    await tasks.close(session, Task.key == f"case_given:{case.id}", why="reassigned")
    await task_handover.hand_over(session, case.id, case.team_id, case.worker_id)


async def show_again(session: AsyncSession, case_id: UUID) -> None:
    """Send this case's board rows to the readers of the stream with the new worker: any write counts as a change."""
    await session.execute(
        update(BoardRow).where(BoardRow.case_id == case_id, BoardRow.closed.is_(False)).values(case_id=case_id)
    )


async def _attach_open_work(session: AsyncSession, case: Case) -> None:
    """Attach to this case what is open about the person from before it, or from an earlier case.

    These are the referrals on the board, immediately and not with their next report, and what is owed for them.
    """
    of_person = (BoardRow.team_id == case.team_id, BoardRow.person_id == case.person_id, BoardRow.kind == "referral")
    await session.execute(update(BoardRow).where(*of_person, BoardRow.closed.is_(False)).values(case_id=case.id))
    await next_steps.take_up(session, case.id, case.team_id, case.person_id)
    await task_handover.take_up(session, case.id, case.team_id, case.person_id)


def worker_on(case_id: ColumnElement[UUID], at: ColumnElement[datetime]) -> ScalarSelect[str]:
    """Return who had the case at an instant, for use in a statement."""
    return (
        select(CaseWorker.worker_id)
        .where(CaseWorker.case_id == case_id, CaseWorker.from_at <= at)
        .where(CaseWorker.until_at.is_(None) | (CaseWorker.until_at > at))
        .order_by(CaseWorker.from_at.desc())
        .limit(1)
        .scalar_subquery()
    )


async def close(session: AsyncSession, case: Case, reason: str, at: datetime) -> None:
    """Close a locked case: nothing is asked after it, so everything open closes with it."""
    case.closing_reason, case.closed_at, case.waiting_until = reason, at, None
    await move(session, case, "closed", at)
    await session.execute(
        update(CaseWorker).where(CaseWorker.case_id == case.id, CaseWorker.until_at.is_(None)).values(until_at=at)
    )
    await emit_event(session, case, CaseClosed, at, reason=reason)


async def reopen(session: AsyncSession, case: Case, note: str, at: datetime) -> None:
    """Reopen a locked closed case: with its worker if there is room, else waiting for one."""
    by = actor_of(session).user_id
    worker = await members.present(session, case.team_id, case.worker_id)
    session.add(CaseNote(team_id=case.team_id, case_id=case.id, kind="reopened", by=by, at=at, note=note))
    case.closed_at = case.closing_reason = None
    await _attach_open_work(session, case)
    if worker and await caseload.has_room(session, case.team_id, worker):
        session.add(CaseWorker(team_id=case.team_id, case_id=case.id, worker_id=worker, from_at=at))
        await move(session, case, "engaging", at)
        await task_handover.hand_over(session, case.id, case.team_id, worker)
    else:
        case.worker_id, case.wanted_worker_id = None, worker
        await move(session, case, "waiting", at)
        await _wait_for_worker(session, case, at)
