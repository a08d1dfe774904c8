"""Emails that came in, the referrals they are about, and the files that came with them."""

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
    `bounce`: our own message came back; `notice`: a machine said something of a message of ours; `refused`: it could
    not be read. Of what says nothing to us only a count is kept.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("digest", "team_id"),
        Index("ix_mails_team_id_recorded_at_id", "team_id", "recorded_at", "id"),
    )

    digest: Mapped[bytes]  # keyed hash of what makes it this mail: the same mail delivered twice is one
    status: Mapped[str]  # matched | unmatched | bounce | notice | refused
    why: Mapped[str]  # a code: what made it so
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    message_id: Mapped[UUID | None] = mapped_column(index=True)  # our message it answers
    for_guardian: Mapped[bool] = mapped_column(default=False)  # it speaks of people of two teams: neither reads it
    content_sealed: Mapped[bytes | None] = sealed_column()
    content = SealedJson("content")  # from, subject, text, own (what its writer wrote)
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]


class MailReferral(Row, Base):
    """A referral that a mail is about."""

    __tablename__ = "mail_referrals"
    __table_args__ = (UniqueConstraint("mail_id", "referral_id"),)

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("mails.id"))
    referral_id: Mapped[UUID] = mapped_column(index=True)


class MailFile(Row, Base):
    """A file that came with an email, as it came: kept, given to who may read the email, never opened by us."""

    __tablename__ = "mail_files"

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("mails.id"), index=True)
    position: Mapped[int]
    size: Mapped[int]
    whole: Mapped[bool] = mapped_column(default=False)  # the email itself, which could not be read: given to nobody
    label_sealed: Mapped[bytes | None] = sealed_column()
    label = SealedJson("label")  # name, kind: as the sender says
    content_sealed: Mapped[bytes | None] = mapped_column(deferred=True)
    content = SealedBytes("content")


class MailboxState(Row, Base):
    """How fetching from the team's mailbox stands."""

    __tablename__ = "mailbox_states"

    name: Mapped[str] = mapped_column(unique=True)
    fetched_at: Mapped[datetime | None]  # the last round that went well
    failing_since: Mapped[datetime | None]
    why: Mapped[str | None]  # a code: what is wrong


class MailCount(Row, Base):
    """How many emails of a day were ignored: what says nothing to us is not kept, but that it came."""

    __tablename__ = "mail_counts"
    __table_args__ = (UniqueConstraint("day", "what"),)

    day: Mapped[str]
    what: Mapped[str]
    number: Mapped[int]
