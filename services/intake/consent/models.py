"""Tables of consent, each row for one agency."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from services.intake.consent.rules import Times
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row


class Consent(Row, Base):
    """A consent, written once; only a withdrawal is added. The recipient is an agency of the referrals service."""

    __tablename__ = "consents"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[UUID]
    may_tell: Mapped[list[Any]]
    may_tell_us: Mapped[list[Any]]
    how_given: Mapped[str]
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    by: Mapped[str]
    purpose_sealed: Mapped[bytes] = sealed_column(nullable=False)
    purpose = Sealed("purpose")
    circumstances_sealed: Mapped[bytes] = sealed_column(nullable=False)
    circumstances = SealedJson("circumstances")

    withdrawn_at: Mapped[datetime | None]
    withdrawn_recorded_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_how: Mapped[str | None]
    withdrawal_sealed: Mapped[bytes | None] = sealed_column()
    withdrawal = Sealed("withdrawal")

    __table_args__ = (Index(None, "person_id", "agency_id"),)

    @property
    def times(self) -> Times:
        """The instants of this consent, for the rules."""
        return Times(self.given_at, self.expires_at, self.withdrawn_at)
