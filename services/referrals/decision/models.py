"""Decisions of people about a referral's course, kept so that the same decision is never carried out twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.db.base import Row


class DecisionRow(Row, Base):
    """One decision. `decision_id` is the idempotency key of the request; `done` and `why` are the answer to it."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("referral_id", "decision_id"),)

    referral_id: Mapped[UUID] = mapped_column(index=True)
    decision_id: Mapped[str]
    kind: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    working_days: Mapped[int | None]
    reason: Mapped[str | None]
    done: Mapped[bool]
    why: Mapped[str]
