"""Table of needs assessments; scores reveal as much about a person as sentences do, so all of it is sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row


class NeedsAssessment(Row, Base):
    """One assessment of a person's needs, without the domains that were not assessed.

    Never changed: a later one is a new row.
    """

    __tablename__ = "needs_assessments"
    __table_args__ = (Index("ix_needs_assessments_case_id", "case_id", "at"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    domains_sealed: Mapped[bytes] = sealed_column(nullable=False)
    domains = SealedJson("domains")
