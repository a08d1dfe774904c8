"""Tables of a person's answers about contact with us, as a history; the current answer is on the person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base, Strikable
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Answer(Row, Strikable, Base):
    """A no, or its end. `opened`: what ended the no; a ground other than the person's own word is signed by `by`."""

    __tablename__ = "said_no_answers"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    until: Mapped[datetime | None]
    opened: Mapped[str | None]
    by: Mapped[str]
    words_sealed: Mapped[bytes | None] = sealed_column()
    words = Sealed("words")
