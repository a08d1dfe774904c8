"""The open clocks of one referral and their steps, as rows that `shared.practice.ladder` can compute with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.models import ClockOpening, RungRow
from shared.practice.ladder_engine import PLANNED, VOID, Key, Step, voided

# Compiled at import, as in `referral.position`. One query for clocks and steps: a second query costs more than a
# repeated clock.
_RUNNING = (
    select(ClockOpening, RungRow)
    .outerjoin(RungRow, (RungRow.opening_id == ClockOpening.id) & (RungRow.outcome != VOID))
    .where(ClockOpening.referral_id == bindparam("referral"), ClockOpening.closed_at.is_(None))
    .order_by(ClockOpening.recorded_at, ClockOpening.id)
)


@dataclass
class Ladder:
    """The running clocks and every step of them, including those that fired."""

    session: AsyncSession
    referral_id: UUID
    team_id: UUID
    openings: list[ClockOpening] = field(default_factory=list[ClockOpening])
    rows: dict[Key, RungRow] = field(default_factory=dict[Key, RungRow])

    @classmethod
    async def load(cls, session: AsyncSession, referral_id: UUID, team_id: UUID) -> Self:
        """Load the running clocks and their steps. The caller locks the referral's row before changing any of them."""
        found = (await session.execute(_RUNNING, {"referral": referral_id})).all()
        openings = {opening.id: opening for opening, _ in found}
        rows = {row.key: row for _, row in found if row is not None}
        return cls(session, referral_id, team_id, list(openings.values()), rows)

    def opening(self, clock: str) -> ClockOpening | None:
        """Return the running opening of a clock, or None."""
        return next((each for each in self.openings if each.clock == clock), None)

    def instants(self) -> list[Step]:
        """Return every step in the form of the pure functions."""
        return [row.step() for row in self.rows.values()]

    def steps_of(self, opening: ClockOpening) -> list[Step]:
        """Return the steps of one clock."""
        return [row.step() for row in self.rows.values() if row.opening_id == opening.id]

    def done(self) -> set[Key]:
        """Return the keys of the steps that are recorded: fired or overtaken."""
        return {key for key, row in self.rows.items() if row.outcome != PLANNED}

    def planned(self) -> list[RungRow]:
        """Return the steps still to come, soonest first."""
        return sorted(
            (r for r in self.rows.values() if r.outcome == PLANNED), key=lambda r: max(r.at, r.not_before or r.at)
        )

    def keep(self, instants: Iterable[Step]) -> None:
        """Store the steps that the pure functions computed. A recorded step never moves again."""
        for instant in instants:
            row = self.rows.get(instant.key)
            if row is None:
                self._add(instant)
            elif row.outcome == PLANNED:
                row.at, row.every = instant.at, instant.every
                row.not_before, row.parked = instant.not_before, instant.parked
            else:
                row.every = instant.every

    def record(self, key: Key, outcome: str, at: datetime) -> RungRow:
        """Record that a step fired, was overtaken or is void: exactly once per step."""
        row = self.rows[key]
        assert row.outcome == PLANNED, "a step is recorded once"
        row.outcome, row.recorded_outcome_at = outcome, at
        return row

    def close(self, opening: ClockOpening, at: datetime) -> None:
        """Close a clock that was answered or no longer applies; its planned steps become void."""
        opening.closed_at = at
        for key in voided(self.instants(), self.done(), {opening.clock}):
            self.record(key, VOID, at)
        self.rows = {key: row for key, row in self.rows.items() if row.opening_id != opening.id}
        self.openings.remove(opening)

    def _add(self, instant: Step) -> None:
        opening = self.opening(instant.clock)
        assert opening is not None, "a step belongs to a running clock"
        row = RungRow(
            team_id=self.team_id,
            referral_id=self.referral_id,
            opening_id=opening.id,
            stage_entry=opening.stage_entry,
            clock=instant.clock,
            action=instant.action,
            occurrence=instant.occurrence,
            kind=instant.kind,
            mode=instant.mode,
            at=instant.at,
            every=instant.every,
            not_before=instant.not_before,
            parked=instant.parked,
            outcome=PLANNED,
        )
        self.session.add(row)
        self.rows[instant.key] = row
