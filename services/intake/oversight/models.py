"""Tables of oversight: decisions and disclosures for the guardian's review, and the result."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Oversight(Row, Base):
    """A review, written in the transaction of its subject, whose id is `record_id`.

    `for_role` reviews it; `agrees` is empty until then. `basis_id` names the decision behind a disclosure.
    """

    __tablename__ = "oversight"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    what: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(unique=True)
    basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_bases.id"))
    agency_id: Mapped[UUID | None]
    by: Mapped[str | None]
    for_role: Mapped[str]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    agrees: Mapped[bool | None]
    why_sealed: Mapped[bytes | None] = sealed_column()
    why = Sealed("why")

    __table_args__ = (Index(None, "basis_id"),)
