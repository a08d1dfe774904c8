"""Somebody the service knows of: perhaps only an alias."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row, Versioned


class Person(Row, Versioned, Base):
    """One person. Its row is locked first by everything that changes anything about him, so `version` orders all of
    it; what he has said about contact and consent is therefore never read and written at the same time."""

    __tablename__ = "people"

    alias_sealed: Mapped[bytes] = sealed_column(nullable=False)
    alias = Sealed("alias")
    aliases_sealed: Mapped[bytes | None] = sealed_column()
    aliases = SealedJson("aliases")
    language_sealed: Mapped[bytes | None] = sealed_column()
    language = SealedJson("language")

    engagement: Mapped[str]
    engagement_since: Mapped[datetime]
    # Set by the event of casework; from then on the case stage is the only truth about engagement.
    case_id: Mapped[UUID | None]
    case_opened_at: Mapped[datetime | None]

    said_no_at: Mapped[datetime | None]
    said_no_until: Mapped[datetime | None]
    died_at: Mapped[datetime | None]

    # The edition of the search index that the names are in (`index.EDITION`).
    names_edition: Mapped[int] = mapped_column(server_default="0", default=0)

    __table_args__ = (Index(None, "team_id", "recorded_at", "id"),)


class AliasToken(Base):
    """Blind index of aliases: keyed hashes of the pieces of each word, so that a search needs no clear name.

    The hash takes the team in, so that equal names of two teams do not look equal. The number of a person's rows is
    filled up to one of a few.
    """

    __tablename__ = "alias_tokens"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    team_id: Mapped[UUID]

    __table_args__ = (Index(None, "token", "team_id"),)
