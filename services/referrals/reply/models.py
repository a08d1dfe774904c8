"""Table of readings over a link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from services.referrals.base import Base
from shared.db.base import Row


class Reading(Row, Base):
    """Over this grant, after they enter the security code, what is disclosed of this referral was read."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("grant_id", "referral_id"),)

    grant_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    first_at: Mapped[datetime]
