"""Table of plan reviews."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row


class Review(Row, Base):
    """A review of a plan. A supervisor's own review is signed when it is recorded, a worker's in supervision."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_unsigned", "team_id", "at", postgresql_where=text("signed_at IS NULL")),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    decision_id: Mapped[str] = mapped_column(unique=True)
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
