"""The board as a projection of its owners' events: one row each, ordered by the version of the owner's row."""

from typing import Any
from uuid import UUID

from sqlalchemy import Executable, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board import feed
from services.casework.board.models import BoardRow
from services.casework.case.models import Case
from shared import clock
from shared.db.base import table_of
from shared.db.session import after_commit
from shared.events.board import StandingChanged
from shared.metrics import counted

_KEPT = frozenset({"id", "recorded_at"})
_EXPLAINED = (
    "waiting_for", "who", "since", "due_at", "rule", "rule_source", "next_step", "next_at", "level", "unlocks",
    "last_human_what", "last_human_by", "last_human_at",
)  # fmt: skip
_WRITTEN = (
    "id", "team_id", "recorded_at", "kind", "person_id", "case_id", "plan_id", "agency_id", "service_id", "reference",
    "stage", "stalled", "paused_until", "pause_kind", *_EXPLAINED, "ahead", "needs_help", "closed", "version",
)  # fmt: skip


async def project(session: AsyncSession, event: StandingChanged) -> None:
    """Write the row that an event tells of, unless a newer event was here first."""
    if (await session.execute(_WRITE, _values(event))).scalar_one_or_none() is not None:
        delay = (clock.now() - event.occurred_at).total_seconds()

        def written() -> None:
            counted.board_row(event.kind, delay)
            feed.wake()

        after_commit(session, written)


async def mark(session: AsyncSession, row_id: UUID, needs_help: str) -> None:
    """Show that a row needs help whose plan is gone, as after a restore that went wrong; its next event clears this."""
    await session.execute(update(BoardRow).where(BoardRow.id == row_id).values(needs_help=needs_help))


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
        & (old.version < newer.version),
    ).returning(old.id)


def _value(column: str) -> str:
    """Return the parameter name of a column; SQLAlchemy reserves the column's own name in an insert."""
    return f"new_{column}"


# Built once: building it for each row took longer than running it.
_WRITE = _write()


def _values(event: StandingChanged) -> dict[str, Any]:
    given = {name: getattr(event, name) for name in _WRITTEN if name not in ("id", "recorded_at", "ahead")}
    ahead = [step.model_dump(mode="json") for step in event.ahead]
    values = {**given, "id": event.row_id, "recorded_at": clock.now(), "ahead": ahead}
    return {_value(name): value for name, value in values.items()}
