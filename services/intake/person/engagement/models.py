"""Tables of the history of engagement; the current state is on the person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.db.base import Row


class EngagementChange(Row, Base):
    """One change of state, and who recorded it."""

    __tablename__ = "engagement_changes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    by: Mapped[str]
