"""Table of holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row


class Hold(Row, Base):
    """Why a plan waits (custody, hospital, away), since when, and until when if anybody knows."""

    __tablename__ = "holds"
    __table_args__ = (Index("uq_holds_one_open", "plan_id", unique=True, postgresql_where=text("ended_at IS NULL")),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    kind: Mapped[str]
    began_at: Mapped[datetime]
    began_by: Mapped[str]
    until: Mapped[datetime | None]
    # Since when `until` has this value; empty while it is the value of the beginning.
    until_since: Mapped[datetime | None]
    # When somebody last confirmed the hold: earlier contacts ask nothing more.
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    # resumed | met | sighted | said_no | died | closed
    ended_how: Mapped[str | None]
    # The event by which it ended unasked.
    ended_event: Mapped[UUID | None]
