"""Tables of cases, of their workers over time, and of notes about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row, Versioned
from shared.notes import StrikableNote

OPEN = text("stage <> 'closed'")


class Case(Row, Versioned, Base):
    """One case. `returns_to` is the stage that a hold, a lost contact or a no interrupted."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("uq_cases_one_open", "team_id", "person_id", unique=True, postgresql_where=OPEN),
        Index("ix_cases_worker_id_open", "worker_id", postgresql_where=OPEN),
    )

    person_id: Mapped[UUID] = mapped_column(index=True)
    worker_id: Mapped[str | None]
    # Whom the case was meant for while it waits.
    wanted_worker_id: Mapped[str | None]
    stage: Mapped[str]
    stage_since: Mapped[datetime]
    returns_to: Mapped[str | None]
    opened_at: Mapped[datetime]
    waiting_until: Mapped[datetime | None]
    said_no_until: Mapped[datetime | None]
    died_at: Mapped[datetime | None]
    # The supervisor who agreed to a caseload above the ceiling for this case.
    over_ceiling_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closing_reason: Mapped[str | None]


class CaseWorker(Row, Base):
    """Record who had the case from when until when: work stays credited to the worker of that day."""

    __tablename__ = "case_workers"
    __table_args__ = (Index("ix_case_workers_case_id", "case_id", "from_at"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    worker_id: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class CaseNote(StrikableNote, Row, Base):
    """Why a case was reopened, in the words of whoever reopened it."""

    __tablename__ = "case_notes"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
