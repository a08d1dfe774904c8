"""Tables of safe contact, sealed whole: even the existence of a telephone can reveal something."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row, Versioned


class SafeContact(Row, Versioned, Base):
    """How a person may be reached: at most one row per person; without one, only in person, through us."""

    __tablename__ = "safe_contacts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    told_sealed: Mapped[bytes] = sealed_column(nullable=False)
    told = SealedJson("told")
    by: Mapped[str]
