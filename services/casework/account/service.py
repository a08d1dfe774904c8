"""The work of a person who left a team: no case and no task waits for somebody who is not there."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.member import caseload_lock
from services.casework.member import service as members
from services.casework.member.rules import CASES, TASKS
from services.casework.member.schemas import MemberState
from services.casework.task import handover as task_handover
from services.casework.task.models import Task
from shared import clock


async def record_state(session: AsyncSession, given: MemberState, scope: Collection[UUID]) -> tuple[int, int]:
    """Record an account's state in these teams, and take away what it can no longer do there.

    Return how many cases and how many tasks became the supervisors'. The same state again changes nothing.
    """
    # A handler that gives this account something takes the same lock and sees whether the account has left.
    await caseload_lock.lock(session, given.account_id)
    now = clock.now()
    within = frozenset() if given.closed else frozenset(given.teams) & frozenset(scope)
    for team in sorted(within):
        await members.stated(session, team, given.account_id, given.role)
    await members.left(session, frozenset(scope) - within, given.account_id, now)
    keeps_cases = within if given.role in CASES else frozenset[UUID]()
    keeps_tasks = within if given.role in TASKS else frozenset[UUID]()
    lost = await _release_cases(session, given.account_id, frozenset(scope) - keeps_cases, now)
    return lost, await _release_tasks(session, given.account_id, frozenset(scope) - keeps_tasks)


async def _release_cases(session: AsyncSession, account_id: str, teams: Collection[UUID], now: datetime) -> int:
    found = await session.scalars(
        select(Case)
        .where(Case.worker_id == account_id, Case.stage != "closed", Case.team_id.in_(teams))
        .order_by(Case.id)
        .with_for_update()
    )
    held = list(found)
    for case in held:
        await cases.lose_worker(session, case, now)
    return len(held)


async def _release_tasks(session: AsyncSession, account_id: str, teams: Collection[UUID]) -> int:
    """Release the tasks that belong to no case of the account: given one by one, or of a person without a case."""
    found = await session.scalars(
        select(Task)
        .where(Task.worker_id == account_id, Task.status == "open", Task.team_id.in_(teams))
        .order_by(Task.id)
        .with_for_update()
    )
    held = list(found)
    for task in held:
        await task_handover.give_to_supervisors(session, task)
    return len(held)
