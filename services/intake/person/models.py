"""Tables of people, of whom perhaps only an alias is known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row, Versioned


class Person(Row, Versioned, Base):
    """One person.

    Invariant: every change of anything about a person locks this row first, so `version` orders all changes, and
    safe contact and consent are never read and written concurrently.
    """

    __tablename__ = "people"

    alias_sealed: Mapped[bytes] = sealed_column(nullable=False)
    alias = Sealed("alias")
    aliases_sealed: Mapped[bytes | None] = sealed_column()
    aliases = SealedJson("aliases")
    language_sealed: Mapped[bytes | None] = sealed_column()
    language = SealedJson("language")

    engagement: Mapped[str]
    engagement_since: Mapped[datetime]
    # Set by an event of casework; from then on the case stage is authoritative, not the engagement.
    case_id: Mapped[UUID | None]
    case_opened_at: Mapped[datetime | None]

    said_no_at: Mapped[datetime | None]
    said_no_until: Mapped[datetime | None]
    died_at: Mapped[datetime | None]

    # The edition of the search index in which the names are (`index.EDITION`).
    names_edition: Mapped[int] = mapped_column(server_default="0", default=0)

    __table_args__ = (Index(None, "team_id", "recorded_at", "id"),)


class AliasToken(Base):
    """The blind index of aliases: keyed hashes of the pieces of each word, so that a search needs no name in clear.

    The team is part of the hash, so that equal names in two teams have different hashes. The number of a person's rows
    is padded to one of a few sizes.
    """

    __tablename__ = "alias_tokens"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    team_id: Mapped[UUID]

    __table_args__ = (Index(None, "token", "team_id"),)
