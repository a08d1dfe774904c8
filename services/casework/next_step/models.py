"""Table of next steps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row, Versioned


class NextStep(Row, Versioned, Base):
    """Owed once for each stage entry of a referral that ended badly or never arrived.

    `why` is the state that requires it (declined, withdrawn, undeliverable), `reason` the code that came with it.
    """

    __tablename__ = "next_steps"
    __table_args__ = (
        UniqueConstraint("referral_id", "stage_entry"),
        Index("ix_next_steps_open", "team_id", "due_at", postgresql_where=text("status = 'open'")),
    )

    case_id: Mapped[UUID | None] = mapped_column(index=True)
    plan_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    stage_entry: Mapped[int]
    why: Mapped[str]
    reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    closed_why: Mapped[str | None]
    closed_event: Mapped[UUID | None]
    what_sealed: Mapped[bytes | None] = sealed_column()
    what = Sealed("what")
