"""Tables of programs and their keys. A key is shown once; only its keyed hash is stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class Program(Base):
    """One program. What it may do never changes: a program that is to do something else gets an account of its own."""

    __tablename__ = "programs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Named in every log line, so it is a code: `shared.access.programs.NAME`.
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    teams: Mapped[list[Any]]
    # Of a service's own program: the organisation whose referrals it sees.
    agency_id: Mapped[UUID | None]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class ProgramKey(Base):
    """One key of a program. `told_at`: when every service had confirmed the key as it is now."""

    __tablename__ = "program_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # The last four characters, to tell two keys apart.
    ends_with: Mapped[str]
    expires_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    def is_valid(self, now: datetime) -> bool:
        """Return whether the key opens anything now."""
        return self.revoked_at is None and self.expires_at > now
