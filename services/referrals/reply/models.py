"""Table of what was read over a link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from services.referrals.base import Base
from shared.db.base import Row


class Reading(Row, Base):
    """Over this grant it was read, behind the second code, what the service is told of this referral."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("grant_id", "referral_id"),)

    grant_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    first_at: Mapped[datetime]
