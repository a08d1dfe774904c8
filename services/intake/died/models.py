"""Tables of recorded deaths."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base, Strikable
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Death(Row, Strikable, Base):
    """A recorded death: at most one per person, except struck ones."""

    __tablename__ = "deaths"
    __table_args__ = (
        Index("uq_deaths_one_standing", "person_id", unique=True, postgresql_where=text("struck_at IS NULL")),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    occurred_at: Mapped[datetime]
    by: Mapped[str]
    words_sealed: Mapped[bytes | None] = sealed_column()
    words = Sealed("words")
