"""Tables of the yearly counts of a team."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base


class YearlyCount(Base):
    """One number for a team, a year and a kind.

    The row has no id, instant, person, worker, day or place, on purpose: the columns of a care table would reveal the
    day of the first count.
    """

    __tablename__ = "yearly_counts"

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
