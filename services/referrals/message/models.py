"""Messages to agencies, their items, and the reply grant that goes with each."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row, Versioned


class Message(Row, Versioned, Base):
    """One email to one address of an agency. Reminders of one address, team and day are gathered into one."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "uq_messages_list",
            "agency_id",
            "team_id",
            "practice_day",
            "kind",
            "desk",
            unique=True,
            postgresql_where="kind = 'reminders'",
        ),
        Index("ix_messages_pending", "due_at", postgresql_where="status IN ('waiting', 'sending')"),
        Index("ix_messages_recorded_at_id", "recorded_at", "id"),
    )

    agency_id: Mapped[UUID] = mapped_column(index=True)
    desk: Mapped[str] = mapped_column(default="")  # the address for which it was queued, in small letters
    kind: Mapped[str]
    practice_day: Mapped[date]  # the London day to which it belongs
    status: Mapped[str]
    why: Mapped[str | None]  # a code: why it is void, bounced or unclear, or why it has not left yet
    failing_since: Mapped[datetime | None]  # when a due message first could not leave, for a reason of ours
    due_at: Mapped[datetime]  # when it was queued, or when the day's list closes
    not_before: Mapped[datetime | None]  # the next try, after one that failed
    attempts: Mapped[int] = mapped_column(default=0)
    header_id: Mapped[str | None] = mapped_column(unique=True)  # Message-ID, the same for every try
    address: Mapped[str | None]  # of the agency, when it was sent
    subject: Mapped[str | None]
    body_sealed: Mapped[bytes | None] = sealed_column()
    body = Sealed("body")  # as it was sent, but for the link and the code
    sent_at: Mapped[datetime | None]


class MessageItem(Row, Base):
    """One referral in a message (for a reminder: one of its clocks) and whether it was included.

    `stage_entry` is the stage whose silence the message is about: once the referral has moved on, the item is dropped.
    """

    __tablename__ = "message_items"
    __table_args__ = (UniqueConstraint("message_id", "referral_id", "clock"),)

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"))
    referral_id: Mapped[UUID] = mapped_column(index=True)
    stage_entry: Mapped[int]
    clock: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str | None]  # included | dropped; empty while the message waits
    why: Mapped[str | None]  # a code: why it was dropped
    permit_id: Mapped[UUID | None]
    permit_outcome: Mapped[str | None]  # sent | lapsed: to be reported to intake
    confirmed_at: Mapped[datetime | None]  # when intake confirmed the report
    revoked_at: Mapped[datetime | None]  # the link no longer serves this referral


Index(
    "ix_message_items_unconfirmed",
    MessageItem.id,
    postgresql_where="permit_outcome IS NOT NULL AND confirmed_at IS NULL",
)


class ReplyGrant(Row, Base):
    """The right to answer that goes with one message. Token and code are kept as keyed hashes only."""

    __tablename__ = "reply_grants"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), unique=True)
    agency_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
