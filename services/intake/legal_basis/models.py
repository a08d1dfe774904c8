"""Tables of legal bases: a ground of disclosure, and possibly the decision to disclose without consent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row


class LegalBasis(Row, Base):
    """A legal basis. `overrides`: it may replace consent for one disclosure, with the sealed reasons in `override`."""

    __tablename__ = "legal_bases"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[UUID]
    grounds: Mapped[list[Any]]
    decided_at: Mapped[datetime]
    by: Mapped[str]
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
    overrides: Mapped[bool]
    override_sealed: Mapped[bytes | None] = sealed_column()
    override = SealedJson("override")

    __table_args__ = (Index(None, "person_id", "agency_id"),)
