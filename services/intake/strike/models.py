"""That something in a file was recorded by mistake: one shape for every kind of record."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Strikable:
    """Part of a table whose rows can be struck. Every query that shows or counts rows leaves out the struck ones."""

    struck_at: Mapped[datetime | None]


class Strike(Row, Base):
    """Who struck which record, and why. The words of the record stay sealed in its own row and are shown to nobody."""

    __tablename__ = "strikes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    record: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(unique=True)
    written_by: Mapped[str]
    written_at: Mapped[datetime]
    by: Mapped[str]
    why_sealed: Mapped[bytes] = sealed_column(nullable=False)
    why = Sealed("why")
