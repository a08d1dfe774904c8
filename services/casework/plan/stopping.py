"""Effects of a person's no, death or return on a case and its plan."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.ending import end_everything
from services.casework.next_step import service as next_steps
from services.casework.plan import clocks, pausing, recount
from services.casework.plan.events import emit_changed
from services.casework.plan.models import Plan
from services.casework.plan.rules import OPEN_CLOCKS
from services.casework.task import reopening
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock


async def stop(session: AsyncSession, case: Case, plan: Plan | None, at: datetime, why: str) -> None:
    """Stop a case and its plan: no step, task or attempt from now on. Closing stays a supervisor's decision."""
    if plan is not None:
        plan.touch()
        hold = await clocks.hold_of(session, plan)
        if hold is not None:
            await pausing.end(session, case, plan, hold, at, by="system", how=why, going_on=False)
        await clocks.void_steps(session, plan, None, clock.now())
        plan.stage, plan.stage_since, plan.watch_until = "stopped", at, None
        plan.stage_entry += 1
    await end_everything(session, case, why)
    if plan is not None:
        await emit_changed(session, plan, f"stopped_{why}", at)


async def said_no(session: AsyncSession, case: Case, plan: Plan | None, at: datetime, until: datetime | None) -> None:
    """Stop because the person does not want support: until `until`, or for good."""
    await cases.move(session, case, "said_no", at)
    case.said_no_until = until
    await stop(session, case, plan, at, "said_no")


async def died(session: AsyncSession, case: Case, plan: Plan | None, at: datetime) -> None:
    """Stop because the person died, and ask worker and supervisor to speak to each other."""
    if case.died_at is not None:
        return
    case.died_at = at
    case.touch()
    await stop(session, case, plan, at, "died")
    now = clock.now()
    for kind in ("speak_together", "speak_together_supervisor"):
        about = tasks.about_case(case, plan)
        await tasks.open_task(session, kind, f"{kind}:{case.id}", about, at=now)


async def came_back(session: AsyncSession, case: Case, plan: Plan | None, at: datetime) -> None:
    """Go on because the person came back: all clocks count from `at`."""
    if case.stage == "said_no":
        await cases.go_on(session, case, at)
        case.said_no_until = None
    if plan is not None and plan.stage == "stopped":
        now = clock.now()
        plan.stage, plan.stage_since = "open", at
        plan.seen_from = plan.sighted_from = plan.reviewed_at = plan.counts_from = at
        plan.attempted_from, plan.met = None, True
        await clocks.set_anew(session, plan, OPEN_CLOCKS, now)
        plan.touch()
        await emit_changed(session, plan, "opened_again", at)


async def death_struck(session: AsyncSession, case: Case, plan: Plan | None, event_id: UUID | None) -> None:
    """Undo a death that was recorded by mistake: resume the locked case and plan.

    A case that was closed because of the death becomes a task: somebody reopens it and finds it a worker.
    """
    if case.died_at is None:
        return
    case.died_at = None
    case.touch()
    spoken = (f"speak_together:{case.id}", f"speak_together_supervisor:{case.id}")
    await tasks.close(session, Task.key.in_(spoken), why="by_mistake")
    if case.stage == "closed":
        about = tasks.About(case.team_id, case_id=case.id, person_id=case.person_id)
        await tasks.open_task(session, "closed_by_mistake", f"closed_by_mistake:{case.id}", about, at=clock.now())
        return
    await _go_on(session, case, plan, event_id)


async def no_struck(session: AsyncSession, case: Case, plan: Plan | None, event_id: UUID | None) -> None:
    """Undo a no that was recorded by mistake: resume the locked case and plan."""
    if case.stage != "said_no":
        return
    case.said_no_until = None
    await tasks.close(session, Task.key == f"review_after_said_no:{case.id}", why="by_mistake")
    await cases.go_on(session, case, clock.now())
    await _go_on(session, case, plan, event_id)


async def _go_on(session: AsyncSession, case: Case, plan: Plan | None, event_id: UUID | None) -> None:
    now = clock.now()
    if case.stage != "said_no":
        if plan is not None and plan.stage == "stopped":
            await recount.go_on(session, case, plan, event_id, now)
        if event_id is not None:
            await next_steps.put_back(session, event_id)
            await reopening.put_back(session, event_id, case.worker_id)
    about = tasks.about_case(case, plan)
    await tasks.open_task(session, "ended_by_mistake", f"ended_by_mistake:{case.id}", about, at=now)
