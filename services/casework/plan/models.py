"""Tables of plans, their goals, actions, steps and decisions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.crypto.sealed import Sealed, sealed_column
from shared.db.base import Row
from shared.notes import StrikableNote
from shared.practice.calendar import revision
from shared.practice.ladder_engine import Step
from shared.standing import OnBoard


class Plan(Row, OnBoard, Base):
    """A case plan. `stage` is open, held, stopped (the person said no, or died) or closed.

    `stage_entry` grows whenever a clock is set anew, so that a step planned earlier can never fire later.
    `seen_from` is the instant from which not-seen counts, `sighted_from` the same for the search alone; `contact_entry`
    is the stage entry in which the contact clock was last set.
    """

    __tablename__ = "plans"
    __table_args__ = (Index("uq_plans_one_open", "case_id", unique=True, postgresql_where=text("stage <> 'closed'")),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[UUID] = mapped_column(index=True)
    template: Mapped[str]
    phase: Mapped[str]
    phase_since: Mapped[datetime]
    # None means the cadence of the phase.
    cadence_days: Mapped[int | None]
    stage: Mapped[str]
    stage_since: Mapped[datetime]
    stage_entry: Mapped[int]
    contact_entry: Mapped[int]
    started_at: Mapped[datetime]
    seen_from: Mapped[datetime]
    sighted_from: Mapped[datetime]
    # The last attempt that counts: only while engaging.
    attempted_from: Mapped[datetime | None]
    # Whether a worker has met or spoken to the person, or made this plan with them.
    met: Mapped[bool]
    # The earliest instant that not-seen counts from when that is not the start (after a no, or a reopening).
    counts_from: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    last_contact_kind: Mapped[str | None]
    reviewed_at: Mapped[datetime]
    watch_until: Mapped[date | None] = mapped_column(Date())
    outcomes_done: Mapped[int]
    hold_id: Mapped[UUID | None]
    # The last contact with the person during the current pause.
    hold_contact_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    closing_reason: Mapped[str | None]


class Goal(Row, Base):
    """A goal, in the person's own words."""

    __tablename__ = "goals"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int]
    words_sealed: Mapped[bytes] = sealed_column(nullable=False)
    words = Sealed("words")


class Action(Row, Base):
    """An action towards a goal: what, whose it is, by when."""

    __tablename__ = "actions"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    goal_id: Mapped[UUID | None] = mapped_column(ForeignKey("goals.id"))
    position: Mapped[int]
    whose: Mapped[str]
    by_when: Mapped[date | None] = mapped_column(Date())
    done_at: Mapped[datetime | None]
    what_sealed: Mapped[bytes] = sealed_column(nullable=False)
    what = Sealed("what")


class PlanStep(Row, Base):
    """One instant of one clock of a plan, computed once. Planned, then fired, overtaken or void: that is final."""

    __tablename__ = "plan_steps"
    __table_args__ = (
        UniqueConstraint("plan_id", "stage_entry", "clock", "action", "occurrence"),
        Index("ix_plan_steps_planned", "plan_id", "at", postgresql_where=text("outcome = 'planned'")),
        Index("ix_plan_steps_counted_with", "counted_with", postgresql_where=text("outcome = 'planned'")),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    stage_entry: Mapped[int]
    clock: Mapped[str]
    action: Mapped[str]
    occurrence: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str]
    settled_at: Mapped[datetime | None]
    counted_with: Mapped[int] = mapped_column(default=revision)  # the revision of the added bank holidays
    first_stood_at: Mapped[datetime | None]  # before an added bank holiday moved it

    def step(self) -> Step:
        """Return the step in the form of the ladder engine."""
        return Step(self.clock, self.action, self.occurrence, self.at)


class PlanDecision(Row, Base):
    """A decision about the plan, recorded once per decision id. `reason` is a code."""

    __tablename__ = "plan_decisions"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    decision_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    done: Mapped[bool]
    why: Mapped[str]
    reason: Mapped[str | None]
    until: Mapped[datetime | None]
    worker_id: Mapped[str | None]


class DecisionNote(StrikableNote, Row, Base):
    """A note beside a decision about a plan or a referral. It never reaches the workflow engine."""

    __tablename__ = "decision_notes"

    row_id: Mapped[UUID] = mapped_column(index=True)
    decision_id: Mapped[str] = mapped_column(unique=True)
    command: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
