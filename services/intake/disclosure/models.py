"""The table of disclosures."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row


class Disclosure(Row, Base):
    """One disclosure and its ground.

    A disclosure by message has its permit. One by a worker has `how` and `by`, and, sealed in `told`, the kinds of data
    and the recipient.
    """

    __tablename__ = "disclosures"

    permit_id: Mapped[UUID | None] = mapped_column(ForeignKey("permits.id"), unique=True)
    referral_id: Mapped[UUID | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[UUID | None]
    purpose: Mapped[str]
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consents.id"))
    legal_basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_bases.id"))
    occurred_at: Mapped[datetime]
    how: Mapped[str | None]
    by: Mapped[str | None]
    told_sealed: Mapped[bytes | None] = sealed_column()
    told = SealedJson("told")

    __table_args__ = (Index(None, "person_id", "agency_id"),)
