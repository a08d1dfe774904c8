"""Mails that came in, and the referrals they are about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row, Versioned


class Mail(Row, Versioned, Base):
    """One mail for one team. It never answers anything by itself: `From` can be forged.

    `matched`: from a known agency about a referral of its own; `unmatched`: a worker finds out what it is about;
    `bounce`: our own message came back. Of automatic answers nothing is kept.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("digest", "team_id"),
        Index("ix_mails_team_id_recorded_at_id", "team_id", "recorded_at", "id"),
    )

    digest: Mapped[bytes]  # keyed hash of what makes it this mail: the same mail delivered twice is one
    status: Mapped[str]  # matched | unmatched | bounce
    why: Mapped[str]  # a code: what made it so
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    message_id: Mapped[UUID | None] = mapped_column(index=True)  # our message it answers
    content_sealed: Mapped[bytes | None] = sealed_column()
    content = SealedJson("content")  # from, subject, text, attachments (their number)
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]


class MailReferral(Row, Base):
    """A referral that a mail is about."""

    __tablename__ = "mail_referrals"
    __table_args__ = (UniqueConstraint("mail_id", "referral_id"),)

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("mails.id"))
    referral_id: Mapped[UUID] = mapped_column(index=True)
