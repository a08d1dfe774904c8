"""Tables of sealed facts, all facts of a person in one ciphertext."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row, Versioned


class SealedFacts(Row, Versioned, Base):
    """The sealed facts of a person: every person has a row from the start, so that its existence reveals nothing."""

    __tablename__ = "sealed_facts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    facts_sealed: Mapped[bytes] = sealed_column(nullable=False)
    facts = SealedJson("facts")
