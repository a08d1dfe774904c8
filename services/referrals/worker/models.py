"""Workers as services know them: the name they chose, and who has which case."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row


class ContactName(Row, Base):
    """The name under which services know an account.

    Its holder chose it; without one they see the organisation alone.
    """

    __tablename__ = "contact_names"

    account_id: Mapped[str] = mapped_column(unique=True)
    name_sealed: Mapped[bytes | None] = sealed_column()
    name = Sealed("name")


class CaseWorker(Row, Base):
    """Who has a case (`id` is casework's) now. Worker and closing have separate versions: events come in any order."""

    __tablename__ = "case_workers"
    __table_args__ = (Index("ix_case_workers_person_id_team_id", "person_id", "team_id"),)

    person_id: Mapped[UUID]
    worker_id: Mapped[str | None]
    worker_version: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)
    closed_version: Mapped[int] = mapped_column(default=0)
