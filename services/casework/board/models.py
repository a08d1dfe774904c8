"""Tables of the board: one row per plan or referral, its timeline, and the commands that were carried out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row

LIVE = text("NOT closed")
# Every change of any row takes the next number: a stream of changes knows what it has already sent.
CHANGES = Sequence("board_changes", metadata=Base.metadata)


class BoardRow(Row, Base):
    """A row of the board: where a plan or referral stands, as its owner last stated it.

    `id` is the plan's or referral's. `version` is of the owner's row and orders its events. The worker is not stored
    here: it is read from the case.
    """

    __tablename__ = "board_rows"
    __table_args__ = (
        Index("ix_board_rows_next_at", "team_id", "next_at", "id", postgresql_where=LIVE),
        # Counts read this index alone.
        Index("ix_board_rows_stage", "team_id", "stage", "id", "case_id", postgresql_where=LIVE),
        Index("ix_board_rows_level", "team_id", "level", "id", postgresql_where=LIVE),
        Index("ix_board_rows_since", "team_id", "since", "id", postgresql_where=LIVE),
        Index("ix_board_rows_changed_at", "changed_at"),
        Index("ix_board_rows_case_id", "case_id"),
        Index("ix_board_rows_watch", "next_at", postgresql_where=LIVE),
    )

    kind: Mapped[str]
    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    plan_id: Mapped[UUID | None]
    agency_id: Mapped[UUID | None]
    service_id: Mapped[UUID | None]
    reference: Mapped[str | None]
    stage: Mapped[str]
    stalled: Mapped[bool]
    paused_until: Mapped[datetime | None]
    pause_kind: Mapped[str | None]
    waiting_for: Mapped[str]
    who: Mapped[str]
    since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    rule: Mapped[str]
    rule_source: Mapped[str]
    next_step: Mapped[str]
    next_at: Mapped[datetime | None]
    level: Mapped[int]
    unlocks: Mapped[str]
    last_human_what: Mapped[str]
    last_human_by: Mapped[str]
    last_human_at: Mapped[datetime | None]
    ahead: Mapped[list[Any]]
    needs_help: Mapped[str | None]
    closed: Mapped[bool]
    version: Mapped[int]
    # Both are set by a trigger at every write. `changed_at` is the database's real time, not practice time: it only
    # tells readers of the stream what they may have missed.
    change: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue(), server_onupdate=FetchedValue())
    changed_at: Mapped[datetime] = mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())


class TimelineEntry(Row, Base):
    """One event in the story of a row (`id` is the event's): what happened, when, through whom."""

    __tablename__ = "board_timeline"
    __table_args__ = (
        Index("ix_board_timeline_row_id", "row_id", "at", "id"),
        Index("ix_board_timeline_recorded_at", "team_id", "recorded_at"),
    )

    row_id: Mapped[UUID]
    at: Mapped[datetime]
    version: Mapped[int]
    what: Mapped[str]
    who: Mapped[str]
    detail: Mapped[dict[str, Any]]


class SteppedIn(Row, Base):
    """A command that was carried out; whoever acts on the row next, from an older view, is shown it."""

    __tablename__ = "board_commands"
    __table_args__ = (Index("ix_board_commands_row_id", "row_id", "recorded_at"),)

    row_id: Mapped[UUID]
    command: Mapped[str]
    by: Mapped[str]
