"""Bank holidays that were added, and every revision of the calendar."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.days_off import Kept
from shared.db.base import Row


class BankHoliday(Row, Base):
    """An added bank holiday. The country's, and so of no team (`EVERY_TEAM`). When it is taken back, the row stays."""

    __tablename__ = "bank_holidays"
    __table_args__ = (Index("uq_bank_holidays_day", "day", unique=True, postgresql_where=text("removed_at IS NULL")),)

    day: Mapped[date] = mapped_column(Date())
    name_sealed: Mapped[bytes] = sealed_column(nullable=False)
    name = Sealed("name")
    source_sealed: Mapped[bytes] = sealed_column(nullable=False)
    source = Sealed("source")  # where the day was announced
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    removed_by: Mapped[str | None]
    removed_at: Mapped[datetime | None]


class DaysOffRow(Kept, Base):
    """The added days after each change. A clock keeps the revision by which it was counted."""


# The one aggregate of all calendar events, so that consumers receive the changes in their order.
CALENDAR = UUID(int=0)
