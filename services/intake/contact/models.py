"""Tables of contacts: encounters and attempts, written once, never changed, struck when recorded by mistake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base, Strikable
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row


class Contact(Row, Strikable, Base):
    """A contact. `occurred_at` is when the contact took place, `recorded_at` when it was recorded."""

    __tablename__ = "contacts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    occurred_at: Mapped[datetime]
    by: Mapped[str]
    place_sealed: Mapped[bytes | None] = sealed_column()
    place = Sealed("place")
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
    sighting_sealed: Mapped[bytes | None] = sealed_column()
    sighting = SealedJson("sighting")

    __table_args__ = (Index(None, "person_id", "occurred_at", "id"),)
