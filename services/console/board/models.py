"""The table of the time up to which each account has seen the board's changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class Look(Base):
    """Everything up to `looked_at` (an instant of care) has been seen by this account."""

    __tablename__ = "board_looks"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    looked_at: Mapped[datetime]
