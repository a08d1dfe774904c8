"""Received emails, the referrals they are about, and their files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import SealedBytes, SealedJson, sealed_column
from shared.db.base import Row, Versioned


class Mail(Row, Versioned, Base):
    """One email for one team. It never answers anything by itself: `From` can be forged.

    `matched`: from a known agency about a referral of its own; `unmatched`: a worker finds out what it is about;
    `bounce`: our own message came back; `notice`: an automatic reply to a message of ours; `refused`: the email could
    not be read. Of emails that do not concern us only a count is kept.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("digest", "team_id"),
        Index("ix_mails_team_id_recorded_at_id", "team_id", "recorded_at", "id"),
    )

    digest: Mapped[bytes]  # keyed hash of its identity: the same email delivered twice is one
    status: Mapped[str]  # matched | unmatched | bounce | notice | refused
    why: Mapped[str]  # a code: what decided the status
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    message_id: Mapped[UUID | None] = mapped_column(index=True)  # our message that it answers
    for_guardian: Mapped[bool] = mapped_column(default=False)  # about people of two teams: neither team reads it
    content_sealed: Mapped[bytes | None] = sealed_column()
    content = SealedJson("content")  # from, subject, text, own (the writer's own words)
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]


class MailReferral(Row, Base):
    """A referral that an email is about."""

    __tablename__ = "mail_referrals"
    __table_args__ = (UniqueConstraint("mail_id", "referral_id"),)

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("mails.id"))
    referral_id: Mapped[UUID] = mapped_column(index=True)


class MailFile(Row, Base):
    """A file of an email, as it came: stored, given to whoever may read the email, never opened by us."""

    __tablename__ = "mail_files"

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("mails.id"), index=True)
    position: Mapped[int]
    size: Mapped[int]
    whole: Mapped[bool] = mapped_column(default=False)  # the unreadable email itself: given to nobody
    label_sealed: Mapped[bytes | None] = sealed_column()
    label = SealedJson("label")  # name, kind: the sender's claims
    content_sealed: Mapped[bytes | None] = mapped_column(deferred=True)
    content = SealedBytes("content")


class MailboxState(Row, Base):
    """The state of fetching from the team's mailbox."""

    __tablename__ = "mailbox_states"

    name: Mapped[str] = mapped_column(unique=True)
    fetched_at: Mapped[datetime | None]  # the last round without a failure
    failing_since: Mapped[datetime | None]
    why: Mapped[str | None]  # a code: the failure


class MailCount(Row, Base):
    """How many emails of a day were ignored: an email that does not concern us is not kept, but counted."""

    __tablename__ = "mail_counts"
    __table_args__ = (UniqueConstraint("day", "what"),)

    day: Mapped[str]
    what: Mapped[str]
    number: Mapped[int]
