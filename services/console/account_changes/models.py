"""Tables of acts on an account by somebody other than its holder, and of how far each guardian has read them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class AccountChange(Base):
    """One act: `what` is a key of `rules.WORDS`; `by` is the account that acted, empty when the holder did."""

    __tablename__ = "account_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    what: Mapped[str]
    by: Mapped[UUID | None]
    at: Mapped[datetime]
    read_by_holder_at: Mapped[datetime | None]


class AccountChangesRead(Base):
    """The time up to which a guardian has read the acts on accounts of their teams."""

    __tablename__ = "account_changes_read"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime]
