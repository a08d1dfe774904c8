"""The weight of a worker's caseload, counted under its lock so that two cases cannot take the last place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from services.casework.hold.models import Hold
from services.casework.plan.models import Plan
from shared.access.table import in_teams
from shared.context import Actor
from shared.practice.cadence import CASELOAD_MAXIMUM, case_weight


@dataclass
class Load:
    """One worker's open cases and their weight."""

    worker_id: str
    cases: int = 0
    weight: float = 0.0
    by_stage: dict[str, int] = field(default_factory=dict[str, int])


async def load_of(session: AsyncSession, team_id: UUID, worker_id: str) -> float:
    """Return the weight of a worker's open cases in one team. Cases in another team are not revealed by it."""
    rows = await session.execute(_cases().where(Case.team_id == team_id, Case.worker_id == worker_id))
    return sum(case_weight(stage, hold) for _, stage, hold in rows)


async def has_room(
    session: AsyncSession, team_id: UUID, worker_id: str, stage: str = "engaging", hold: str | None = None
) -> bool:
    """Return whether this worker may take a case of that stage in the team without a supervisor's consent.

    The caller holds the lock.
    """
    return await load_of(session, team_id, worker_id) + case_weight(stage, hold) <= CASELOAD_MAXIMUM


async def hold_of(session: AsyncSession, case_id: UUID) -> str | None:
    """Return the kind of the pause of a case's plan, or None: some pauses leave little to do."""
    return await session.scalar(_holds().where(Plan.case_id == case_id))


async def loads(session: AsyncSession, actor: Actor) -> Sequence[Load]:
    """Return the caseloads that the actor may see, heaviest first."""
    found: dict[str, Load] = {}
    rows = await session.execute(in_teams(_cases().where(Case.worker_id.is_not(None)), Case, actor))
    for worker, stage, hold in rows:
        if worker is None:
            continue
        load = found.setdefault(worker, Load(worker))
        load.cases += 1
        load.weight += case_weight(stage, hold)
        load.by_stage[stage] = load.by_stage.get(stage, 0) + 1
    return sorted(found.values(), key=lambda load: (-load.weight, load.worker_id))


def _cases():
    held = _holds().where(Plan.case_id == Case.id).scalar_subquery()
    return select(Case.worker_id, Case.stage, held).where(Case.stage != "closed")


def _holds() -> Select[str]:
    return select(Hold.kind).join(Plan, Plan.id == Hold.plan_id).where(Hold.ended_at.is_(None))
