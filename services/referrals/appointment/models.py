"""Appointments: when, where, who goes along, whether the person was informed, and the outcome."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class Appointment(Row, Base):
    """One appointment of a referral. It is the person's only once `told_at` is set.

    `proposed`: the appointment came over a link whose holder had not read how the person may be reached. A worker rings
    the service before the person is informed.
    """

    __tablename__ = "appointments"

    referral_id: Mapped[UUID] = mapped_column(index=True)
    stage_entry: Mapped[int]
    at: Mapped[datetime]
    booked_at: Mapped[datetime]
    proposed: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    place_sealed: Mapped[bytes | None] = sealed_column()
    place = Sealed("place")
    bring_sealed: Mapped[bytes | None] = sealed_column()
    bring = Sealed("bring")
    who_goes_sealed: Mapped[bytes | None] = sealed_column()
    who_goes = Sealed("who_goes")
    told_at: Mapped[datetime | None]
    told_how: Mapped[str | None]
    told_by: Mapped[str | None]
    outcome: Mapped[str | None]  # attended, missed, moved, void; empty while the appointment is open
    miss_kind: Mapped[str | None]
    outcome_at: Mapped[datetime | None]
