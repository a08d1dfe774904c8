"""That he has died, as we came to know it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Death(Row, Base):
    """At most one per person."""

    __tablename__ = "deaths"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    occurred_at: Mapped[datetime]
    by: Mapped[str]
    words_sealed: Mapped[bytes | None] = sealed_column()
    words = Sealed("words")
