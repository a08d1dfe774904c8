"""Tables of who may sign in and who has: accounts, teams, passkeys, the links that begin an account, and sessions.

A session is known by the hash of its token, so that a copy of the table signs nobody in.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.console.base import Base


class Team(Base):
    """The people who see the same files."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    recorded_at: Mapped[datetime]


class Account(Base):
    """One colleague, in one role. Without a password they sign in by passkey or through their organisation."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # The name they type to sign in, as `rules.key_of` writes it: one account for one name.
    sign_in: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    phone: Mapped[str]
    password_hash: Mapped[str | None]
    # Issuer and subject, once they have signed in through their organisation.
    organisation_id: Mapped[str | None] = mapped_column(unique=True)
    disabled_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    version: Mapped[int]


class AccountTeam(Base):
    """An account in a team."""

    __tablename__ = "account_teams"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)

    __table_args__ = (Index(None, "team_id"),)


class Passkey(Base):
    """A key of somebody's phone or computer; only its public half is stored."""

    __tablename__ = "passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    label: Mapped[str]
    recorded_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    # When its counter last failed to increase: the key was restored, is kept in a cloud, or somebody has a copy.
    fell_back_at: Mapped[datetime | None]


class Invitation(Base):
    """A one-time link, stored hashed: it opens the first administrator's account, or sets an account's password."""

    __tablename__ = "invitations"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # Empty for the first administrator, whose account the link opens.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Session(Base):
    """An account signed in on one browser. All times are of the wall clock: a jump of practice time ends no session."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class SpentChallenge(Base):
    """A challenge that a passkey has signed and may not sign again, stored until it expires."""

    __tablename__ = "spent_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
