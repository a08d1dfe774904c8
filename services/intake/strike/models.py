"""Tables of strikes, in the same form for every kind of record made by mistake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Strike(Row, Base):
    """Who struck which record, and why. The text of the record stays sealed in its own row and is shown to nobody."""

    __tablename__ = "strikes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    record: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(unique=True)
    written_by: Mapped[str]
    written_at: Mapped[datetime]
    by: Mapped[str]
    why_sealed: Mapped[bytes] = sealed_column(nullable=False)
    why = Sealed("why")
