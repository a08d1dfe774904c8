"""The table of permits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.db.base import Row


class IssuedPermit(Row, Base):
    """A granted permit. `outcome`: live, sent or lapsed. The sweep sets live permits past `expires_at` to lapsed."""

    __tablename__ = "permits"

    request_id: Mapped[str]
    referral_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[UUID]
    purpose: Mapped[str]
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consents.id"))
    legal_basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_bases.id"))
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[str]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        # One live permit per request; the same request gets a fresh one later.
        Index("uq_permits_request_id_live", "request_id", unique=True, postgresql_where=text("outcome = 'live'")),
        Index("ix_permits_expires_at_live", "expires_at", postgresql_where=text("outcome = 'live'")),
        Index(None, "person_id", "agency_id"),
        Index(None, "legal_basis_id"),
    )
