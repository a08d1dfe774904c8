"""Table of members: the accounts of each team, as casework knows them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row


class Member(Row, Base):
    """An account in a team. `stated`: by whoever holds the accounts, and not only seen in a token of that account."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("team_id", "account_id"),)

    account_id: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    stated: Mapped[bool]
    left_at: Mapped[datetime | None]
