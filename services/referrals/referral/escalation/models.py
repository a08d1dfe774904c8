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
    action: Mapped[str]  # what was done: while the plan is held, remind_agency is done as ask_worker
    rung: Mapped[str]  # the action in the ladder
    occurrence: Mapped[int]
    outcome: Mapped[str]  # fired | overtaken
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    worker_only: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]  # open | acknowledged | resolved
    acknowledged_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class PlanHold(Row, Base):
    """The newest hold event of a plan (`id`) from casework. While the plan is held, steps may go to the worker only.

    `person_id` is empty for events that were received before the column existed; such a row belongs to no referral.
    """

    __tablename__ = "plan_holds"
    __table_args__ = (Index("ix_plan_holds_person_id", "person_id", postgresql_where=text("worker_only")),)

    person_id: Mapped[UUID | None]
    version: Mapped[int]
    worker_only: Mapped[bool]
