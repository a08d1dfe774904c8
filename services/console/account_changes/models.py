"""What was done to an account by somebody other than its holder, and up to when a guardian has read of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class AccountChange(Base):
    """One act: `what` is a word of `rules.WORDS`; `by` is the account that did it, empty when its holder did."""

    __tablename__ = "account_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    what: Mapped[str]
    by: Mapped[UUID | None]
    at: Mapped[datetime]
    read_by_holder_at: Mapped[datetime | None]


class AccountChangesRead(Base):
    """Up to when a guardian has read what was done to the accounts of their teams."""

    __tablename__ = "account_changes_read"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime]
