"""Tables of sessions, known by the hash of their token so that a copy signs nobody in, and of used challenges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class Session(Base):
    """Somebody signed in on one browser. All times are of the wall clock: a jump of practice time ends no session."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class SpentChallenge(Base):
    """A challenge that a passkey has signed and may not sign again, stored until it expires."""

    __tablename__ = "spent_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
