"""Writing board rows: one statement each, and only what is newer."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import BoardRow
from services.casework.case.models import Case
from shared import clock
from workflows.contracts import Progress

_KEPT = {"id", "recorded_at"}


async def write(session: AsyncSession, progress: Progress) -> bool:
    """Write a row unless a newer report is there; False then. An ended workflow's row stays closed within its chain."""
    values = _values(progress)
    statement = insert(BoardRow).values(values)
    newer = statement.excluded
    done = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[BoardRow.id],
            set_={name: newer[name] for name in values if name not in _KEPT},
            where=(BoardRow.kind == newer.kind)  # a referral given the id of a plan, or of another team's, is not it
            & (BoardRow.team_id == newer.team_id)
            & (tuple_(BoardRow.chain_started_at, BoardRow.sequence) < tuple_(newer.chain_started_at, newer.sequence)),
        ).returning(BoardRow.id)
    )
    return done.scalar_one_or_none() is not None


def _values(progress: Progress) -> dict[str, Any]:
    row = progress.row
    team = UUID(row.team_id)
    case_id: Any = _uuid(row.case_id)
    if case_id is not None:
        # Whoever drafts a referral names its case: of another team's it is not, and must not show on their board.
        case_id = select(Case.id).where(Case.id == case_id, Case.team_id == team).scalar_subquery()
    ahead = [{"at": item.at.isoformat(), "action": item.action, "clock": item.clock} for item in row.ahead]
    return {
        "id": UUID(row.id),
        "team_id": team,
        "recorded_at": clock.now(),
        "kind": row.kind,
        "person_id": UUID(row.person_id),
        "case_id": case_id,
        "plan_id": _uuid(row.plan_id),
        "agency_id": _uuid(row.agency_id),
        "service_id": _uuid(row.service_id),
        "reference": row.reference,
        "stage": row.stage,
        "stalled": row.stalled,
        "paused_until": row.paused_until,
        **asdict(row.explanation),
        "ahead": ahead,
        "needs_help": progress.needs_help,
        "closed": progress.closed,
        "chain_started_at": progress.chain_started_at,
        "sequence": progress.sequence,
    }


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
