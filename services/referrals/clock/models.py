"""Clocks and ladders: the rules as versioned data, and the clocks and steps of each referral."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.db.base import Row
from shared.practice.calendar import revision
from shared.practice.ladder import Key, Step, WaitsOn

# The team of the default rules.
EVERY_TEAM = UUID(int=0)
QUESTION_ANSWERED = "question_answered"


class ClockRule(Row, Base):
    """One version of one clock. Never edited: a change is a new version, and running clocks keep theirs."""

    __tablename__ = "clock_rules"
    __table_args__ = (UniqueConstraint("team_id", "key", "version"),)

    key: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]]  # shared.practice.model.clock_as_json
    by: Mapped[str]


class ClockOpening(Row, Base):
    """A clock that was set for one referral. It runs from the fact's own time, by the rule of that day."""

    __tablename__ = "clock_openings"
    __table_args__ = (
        UniqueConstraint("referral_id", "stage_entry", "clock", "opening"),
        Index("ix_clock_openings_counted_with", "counted_with", postgresql_where="closed_at IS NULL"),
    )

    referral_id: Mapped[UUID] = mapped_column(index=True)
    stage_entry: Mapped[int]
    clock: Mapped[str]
    opening: Mapped[int] = mapped_column(default=1)  # the question clock may open several times in one stage
    kind: Mapped[str]  # stage | span
    whose: Mapped[str]  # agency | us | nobody
    ends_with: Mapped[str]  # the event that answers the clock
    rule: Mapped[dict[str, Any]]  # the rule of the day on which the clock opened, with its source and version
    rule_version: Mapped[int]
    mode: Mapped[str]
    opened_at: Mapped[datetime]
    deadline: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    counted_with: Mapped[int] = mapped_column(default=revision)  # the revision of the added bank holidays
    redated_at: Mapped[datetime | None]  # a span whose start was corrected: closed, but not by an answer

    @property
    def waits_on(self) -> WaitsOn:
        """Return whom the steps of this clock concern."""
        if self.ends_with == QUESTION_ANSWERED:
            return "our_answer"
        return "us" if self.whose == "us" else "agency"


class RungRow(Row, Base):
    """One step of an opened clock. Recorded exactly once: planned, then fired, overtaken or void."""

    __tablename__ = "rungs"
    __table_args__ = (
        UniqueConstraint("referral_id", "stage_entry", "clock", "action", "occurrence"),
        Index("ix_rungs_opening_id", "opening_id"),
        Index("ix_rungs_planned", "at", postgresql_where="outcome = 'planned'"),
    )

    referral_id: Mapped[UUID]
    opening_id: Mapped[UUID]
    stage_entry: Mapped[int]
    clock: Mapped[str]
    action: Mapped[str]
    occurrence: Mapped[int]
    kind: Mapped[str]
    mode: Mapped[str]
    at: Mapped[datetime]
    every: Mapped[int | None]
    not_before: Mapped[datetime | None]
    parked: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str]  # planned | fired | overtaken | void
    recorded_outcome_at: Mapped[datetime | None]

    @property
    def key(self) -> Key:
        return (self.clock, self.action, self.occurrence)

    def step(self) -> Step:
        """Return the step in the form of the ladder engine."""
        return Step(
            self.clock,
            self.action,
            self.occurrence,
            self.at,
            cast(Any, self.kind),
            cast(Any, self.mode),
            self.every,
            self.not_before,
            self.parked,
        )
