"""Reading and showing a board row: its columns, with the current worker of its case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from services.casework.board.models import BoardRow
from services.casework.board.schemas import BoardRowView
from services.casework.case.models import Case
from shared.db.base import table_of

# Tables, not mapped classes: rows become JSON directly, and a page of objects costs several times as much.
BOARD, CASES = table_of(BoardRow), table_of(Case)
# A row's case is of the row's team; said in the join, so that only the cases of the reader's team are read.
WITH_CASE = BOARD.outerjoin(CASES, and_(CASES.c.id == BOARD.c.case_id, CASES.c.team_id == BOARD.c.team_id))

_HUMAN = ("last_human_what", "last_human_by", "last_human_at")
_PLAIN = [n for n in BoardRowView.model_fields if n not in ("worker_id", "last_human", "overdue", "version")]
_NAMES = [*_PLAIN, *_HUMAN, "version", "worker_id"]

ROWS: Any = select(
    *(BOARD.c[name] for name in (*_PLAIN, *_HUMAN)),
    BOARD.c.change.label("version"),
    CASES.c.worker_id.label("worker_id"),
).select_from(WITH_CASE)
"""Select of every row of every team: narrow it with `in_teams`."""


def shown(row: Sequence[Any], now: datetime) -> dict[str, Any]:
    """Return a row of `ROWS` as a dictionary in the shape of a `BoardRowView`, the cheapest form for a whole page."""
    values = dict(zip(_NAMES, row, strict=True))
    what, by, at = (values.pop(name) for name in _HUMAN)
    next_at = values["next_at"]
    values["last_human"] = {"what": what, "by": by, "at": at} if at else None
    values["overdue"] = not values["closed"] and next_at is not None and next_at < now
    return values


def as_view(row: Sequence[Any], now: datetime) -> BoardRowView:
    """Return a row of `ROWS` as the API's view."""
    return BoardRowView.model_validate(shown(row, now))
