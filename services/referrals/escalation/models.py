"""Escalations: rungs that fired."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.db.base import Row


class Escalation(Row, Base):
    """One rung that fired (or was overtaken) for one referral; open, acknowledged or resolved."""

    __tablename__ = "escalations"
    __table_args__ = (UniqueConstraint("referral_id", "stage_entry", "clock", "rung", "occurrence"),)

    referral_id: Mapped[UUID] = mapped_column(index=True)
    stage_entry: Mapped[int]
    clock: Mapped[str]
    action: Mapped[str]  # what was done: with the plan held, remind_agency is done as ask_worker
    rung: Mapped[str]  # what the ladder says
    occurrence: Mapped[int]
    outcome: Mapped[str]  # fired | overtaken
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    worker_only: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]  # open | acknowledged | resolved
    acknowledged_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class PlanHold(Row, Base):
    """What casework said last about the hold of a plan (`id`). While held, steps may go to the worker only.

    `person_id` is not known of what was heard before it was kept and belongs to no referral.
    """

    __tablename__ = "plan_holds"
    __table_args__ = (Index("ix_plan_holds_person_id", "person_id", postgresql_where=text("worker_only")),)

    person_id: Mapped[UUID | None]
    version: Mapped[int]
    worker_only: Mapped[bool]
