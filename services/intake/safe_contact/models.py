"""How one person may be reached. Sealed whole: even that there is a telephone can be telling."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row, Versioned


class SafeContact(Row, Versioned, Base):
    """At most one per person; none means only in person, through us."""

    __tablename__ = "safe_contacts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    told_sealed: Mapped[bytes] = sealed_column(nullable=False)
    told = SealedJson("told")
    by: Mapped[str]
