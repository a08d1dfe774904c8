"""Tables of safeguarding concerns: sealed texts, instants in clear."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base, Strikable
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row


class Concern(Row, Strikable, Base):
    """A concern. `words` holds who and what; `told`, once the lead is informed, who that is and what was decided."""

    __tablename__ = "concerns"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    noticed_at: Mapped[datetime]
    by: Mapped[str]
    words_sealed: Mapped[bytes] = sealed_column(nullable=False)
    words = SealedJson("words")
    lead_told_at: Mapped[datetime | None]
    lead_told_by: Mapped[str | None]
    told_sealed: Mapped[bytes | None] = sealed_column()
    told = SealedJson("told")
