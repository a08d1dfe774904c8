"""Tables of tasks and of the lines that a task gathers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row, Versioned
from shared.practice.calendar import revision


class Task(Row, Versioned, Base):
    """One task.

    `key` names its subject: at most one open task per key, so a fact that comes twice opens no second task. `worker_id`
    is empty on a supervisors' task. `agency_id` and `practice_day` are set where the day's calls to one agency gather.
    `status` is open, done (by somebody) or closed (no longer owed; `closed_why` has the reason).
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("uq_tasks_open_key", "key", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_tasks_worker_id", "worker_id", "due_at", postgresql_where=text("status = 'open'")),
        Index("ix_tasks_team_id_due_at", "team_id", "due_at", postgresql_where=text("status = 'open'")),
        Index("ix_tasks_counted_with", "counted_with", postgresql_where=text("status = 'open'")),
        Index("ix_tasks_case_id", "case_id"),
        Index("ix_tasks_plan_id", "plan_id"),
        Index("ix_tasks_closed_event", "closed_event", postgresql_where=text("closed_event IS NOT NULL")),
    )

    key: Mapped[str]
    kind: Mapped[str]
    for_role: Mapped[str]
    worker_id: Mapped[str | None]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    plan_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    referral_id: Mapped[UUID | None]
    agency_id: Mapped[UUID | None]
    practice_day: Mapped[date | None] = mapped_column(Date())
    urgent: Mapped[bool]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    closed_why: Mapped[str | None]
    # The event that closed it unasked: it is owed again when that event was a mistake.
    closed_event: Mapped[UUID | None]
    # Who gave this one task to its present worker, so that the worker sees that it is new to them.
    given_by: Mapped[str | None]
    given_at: Mapped[datetime | None]
    # When the sweep raised it to the supervisors, after its day had passed.
    raised_at: Mapped[datetime | None]
    # The revision of the added bank holidays by which its day was counted.
    counted_with: Mapped[int] = mapped_column(default=revision)


class TaskLine(Row, Base):
    """One referral on a gathered task. `source` is the escalation or email it comes from: a line is written once."""

    __tablename__ = "task_lines"
    __table_args__ = (
        UniqueConstraint("source", "task_kind"),
        Index("ix_task_lines_task_id", "task_id"),
        Index("ix_task_lines_open", "referral_id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_task_lines_not_moot", "referral_id", postgresql_where=text("moot_at IS NULL")),
        Index("ix_task_lines_closed_event", "closed_event", postgresql_where=text("closed_event IS NOT NULL")),
    )

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    task_kind: Mapped[str]
    source: Mapped[str]
    referral_id: Mapped[UUID]
    stage_entry: Mapped[int]
    case_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    # Off the task: somebody had ticked it off, or a fact took it off.
    closed_at: Mapped[datetime | None]
    # When a fact made it moot, also one that had been ticked off before: then it is not put back.
    moot_at: Mapped[datetime | None]
    # The event that took it off unasked: it is owed again when that event was a mistake.
    closed_event: Mapped[UUID | None]
