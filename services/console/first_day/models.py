"""Which first steps an account has opened. No care data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class FirstStep(Base):
    """One first step that its account has opened, or `hidden` for all of them."""

    __tablename__ = "first_steps"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
