"""Writing board rows: one statement each, and only if the report is newer."""

from typing import Any
from uuid import UUID

from sqlalchemy import Executable, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import BoardRow
from services.casework.case.models import Case
from shared import clock
from shared.db.base import table_of
from workflows.contracts import Explanation, Progress

_KEPT = frozenset({"id", "recorded_at"})
_EXPLAINED = tuple(Explanation.__dataclass_fields__)
_WRITTEN = (
    "id", "team_id", "recorded_at", "kind", "person_id", "case_id", "plan_id", "agency_id", "service_id", "reference",
    "stage", "stalled", "paused_until", *_EXPLAINED, "ahead", "needs_help", "closed", "chain_started_at", "sequence",
)  # fmt: skip


async def write(session: AsyncSession, progress: Progress) -> bool:
    """Write a row unless a newer report is stored; return whether it was written."""
    done = await session.execute(_WRITE, _values(progress))
    return done.scalar_one_or_none() is not None


def _write() -> Executable:
    table = table_of(BoardRow)
    given: dict[str, Any] = {name: bindparam(_value(name), type_=table.c[name].type) for name in _WRITTEN}
    # A referral names its case itself: only a case of the referral's own team counts, so that nothing shows on another
    # team's board. The person's open case comes before a named one, which may be closed; a plan keeps its case.
    ours = select(Case.id).where(Case.team_id == given["team_id"])
    named = ours.where(Case.id == given["case_id"]).scalar_subquery()
    open_now = ours.where(
        Case.person_id == given["person_id"], Case.stage != "closed", given["kind"] == "referral"
    ).scalar_subquery()
    statement = insert(table).values({**given, "case_id": func.coalesce(open_now, named)})
    newer, old = statement.excluded, table.c
    return statement.on_conflict_do_update(
        index_elements=[old.id],
        set_={name: newer[name] for name in _WRITTEN if name not in _KEPT},
        where=(old.kind == newer.kind)  # clients make ids: one of another kind or team is not this row
        & (old.team_id == newer.team_id)
        & (tuple_(old.chain_started_at, old.sequence) < tuple_(newer.chain_started_at, newer.sequence)),
    ).returning(old.id)


def _value(column: str) -> str:
    """Return the parameter name of a column; SQLAlchemy reserves the column's own name in an insert."""
    return f"new_{column}"


# Built once: building it for each row took longer than running it.
_WRITE = _write()


def _values(progress: Progress) -> dict[str, Any]:
    row = progress.row
    values = {
        "id": UUID(row.id),
        "team_id": UUID(row.team_id),
        "recorded_at": clock.now(),
        "kind": row.kind,
        "person_id": UUID(row.person_id),
        "case_id": _uuid(row.case_id),
        "plan_id": _uuid(row.plan_id),
        "agency_id": _uuid(row.agency_id),
        "service_id": _uuid(row.service_id),
        "reference": row.reference,
        "stage": row.stage,
        "stalled": row.stalled,
        "paused_until": row.paused_until,
        **{name: getattr(row.explanation, name) for name in _EXPLAINED},
        "ahead": [{"at": item.at.isoformat(), "action": item.action, "clock": item.clock} for item in row.ahead],
        "needs_help": progress.needs_help,
        "closed": progress.closed,
        "chain_started_at": progress.chain_started_at,
        "sequence": progress.sequence,
    }
    return {_value(name): value for name, value in values.items()}


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
