"""The ladder engine: which steps fire, are overtaken, repeat, come next, move with a pause or never fire. Pure.

A ladder is what we do about one clock if nothing happens: steps from the mildest to the strongest, each at an instant.
The reply clock of a referral and the last contact with a person are such clocks. Whoever owns a clock places its first
steps (`ladder.set_ladder` for a referral, `cadence` for contact) and keeps them as rows; the engine says the rest from
these steps and from the keys of those that are recorded. Nothing is kept between two calls, and no clock is read: the
same rows and the same instant give the same answer.

An acknowledgement silences a ladder until its date and never ends it: a repeating step goes on afterwards, or a
referral could be forgotten for good (a rule of ours).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from shared.practice.calendar import (
    RUNG_TIME,
    at_local,
    is_working_day,
    local_day,
    rung_instant,
    spread_seconds,
    working_hours_after,
    working_hours_between,
)
from shared.practice.model import Kind, PracticeError
from shared.practice.opening import Mode, moved

# What becomes of a step. It is planned first; each of the others is final.
PLANNED: Final = "planned"
FIRED: Final = "fired"
OVERTAKEN: Final = "overtaken"
VOID: Final = "void"

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Step:
    """One step of one clock at one instant (UTC); (clock, action, occurrence) identifies it within a stage entry.

    `every` (working days) makes the step repeat. `not_before` is set by an acknowledgement, `parked` by a pause.
    """

    clock: str
    action: str
    occurrence: int
    at: datetime
    kind: Kind = "stage"
    mode: Mode = "days"
    every: int | None = None
    not_before: datetime | None = None
    parked: bool = False

    @property
    def key(self) -> Key:
        return (self.clock, self.action, self.occurrence)

    @property
    def wakes_at(self) -> datetime:
        """When the step fires: at `at`, or at the end of the silence."""
        return self.at if self.not_before is None else max(self.at, self.not_before)


@dataclass(frozen=True)
class Due:
    """What one instant brings: steps that fire, and steps that are overtaken, each `by` a stronger or a later one.

    `added` are the repetitions that the given steps lack; they are to be kept before any of them is recorded.
    """

    fire: list[Step]
    overtaken: list[Step]
    by: Mapping[Key, Step] = field(default_factory=dict[Key, Step])
    # Repetitions may be missing whether or not anything is due.
    added: list[Step] = field(default_factory=list[Step], compare=False)


@dataclass(frozen=True)
class LadderEngine:
    """The rules of one kind of ladder.

    `strength` ranks the actions; an action without a rank is the mildest. `following` returns the step that repeats
    another, or None. `together`: all steps of one instant fire; otherwise only the strongest of them.
    """

    strength: Mapping[str, int]
    following: Callable[[Step], Step | None]
    together: bool = False

    def ordered(self, steps: Iterable[Step]) -> list[Step]:
        """Sort steps by time; steps of one instant from the mildest to the strongest."""
        return sorted(steps, key=lambda step: (step.at, step.clock, self._rank(step), step.occurrence))

    def unfold(self, steps: Iterable[Step], after: datetime) -> list[Step]:
        """Return all steps, with repeating ones continued up to the first occurrence after `after`. Idempotent."""
        found = {step.key: step for step in steps}
        for last in list(found.values()):
            later = last
            while later.at <= after:
                more = self.following(later)
                if more is None:
                    break
                later = found.setdefault(more.key, more)
        return self.ordered(found.values())

    def due(self, steps: Iterable[Step], done: Collection[Key], now: datetime) -> Due:
        """Return what happens at `now`. `done` holds the key of every step already recorded, fired or overtaken.

        Of each clock only the highest due step fires; the lower ones are overtaken, and so is a step that becomes due
        below one already fired.
        """
        given = list(steps)
        known = {step.key for step in given}
        unfolded = self.unfold(given, now)
        moving = [step for step in unfolded if not step.parked]
        reached = [step for step in moving if step.wakes_at <= now or step.key in done]
        fire: list[Step] = []
        overtaken: list[Step] = []
        by: dict[Key, Step] = {}
        for step in moving:
            if step.wakes_at > now or step.key in done:
                continue
            above = [other for other in reached if other.clock == step.clock and self._overtakes(other, step)]
            if above:
                overtaken.append(step)
                by[step.key] = max(above, key=self._place)
            else:
                fire.append(step)
        return Due(fire, overtaken, by, [step for step in unfolded if step.key not in known])

    def next_step(self, steps: Sequence[Step], done: Collection[Key], after: datetime | None = None) -> Step | None:
        """Return the step that comes next, or None: the first that is not recorded.

        With `after`, that is a step that is already due then, else the first to fire later, repetitions included.
        """
        if after is not None:
            pressing = self.due(steps, done, after).fire
            if pressing:
                return min(pressing, key=lambda step: step.wakes_at)
            steps = self.unfold(steps, after)
        coming = [
            step
            for step in steps
            if not step.parked and step.key not in done and (after is None or step.wakes_at > after)
        ]
        if not coming:
            return None
        first = min(coming, key=lambda step: step.wakes_at)
        # At the end of a silence, of the steps that become due together only the highest fires.
        return max(self.due(steps, done, first.wakes_at).fire, key=lambda step: step.at, default=first)

    def shift(self, steps: Iterable[Step], working_days: int, after: datetime) -> list[Step]:
        """Move every step after `after` by so many working days: an extension.

        Earlier steps stay, except parked ones, which have not fired whatever their day.
        """
        if working_days < 1:
            raise PracticeError(f"an extension is one working day or more, got {working_days}")
        # Unfolded past `after` first, so that the coming occurrence of a repeating step is moved too.
        return self.ordered(
            replace(step, at=moved(step.at, working_days, step.mode)) if step.at > after or step.parked else step
            for step in self.unfold(steps, after)
        )

    def pause(self, steps: Iterable[Step], paused_at: datetime) -> list[Step]:
        """Park the steps of stage clocks while the agency waits for us; spans run on."""
        return [replace(step, parked=step.kind == "stage") for step in self.unfold(steps, paused_at)]

    def resume(self, steps: Iterable[Step], paused_at: datetime, resumed_at: datetime) -> list[Step]:
        """Unpark the steps of stage clocks, later by the working time that the pause has cost."""
        return self.ordered(
            replace(step, at=resumed(step.at, paused_at, resumed_at, step.mode), parked=False)
            if step.kind == "stage" and step.parked
            else step
            for step in steps
        )

    def _rank(self, step: Step) -> int:
        return self.strength.get(step.action, -1)

    def _place(self, step: Step) -> tuple[datetime, int, int]:
        return (step.at, self._rank(step), step.occurrence)

    def _overtakes(self, later: Step, earlier: Step) -> bool:
        if later.at == earlier.at:
            return not self.together and self._place(later) > self._place(earlier)
        # A milder step that only repeats (another reminder) must not overtake a stronger one that has not fired yet.
        return later.at > earlier.at and (later.every is None or self._rank(later) >= self._rank(earlier))


def voided(
    steps: Iterable[Step],
    done: Collection[Key],
    clocks: Collection[str] | None = None,
    actions: Collection[str] | None = None,
) -> set[Key]:
    """Return which steps never fire once these clocks (None: all) are closed or set anew; what is recorded stays.

    `actions` names the only steps that are meant; None means all of them.
    """
    return {
        step.key
        for step in steps
        if step.key not in done
        and (clocks is None or step.clock in clocks)
        and (actions is None or step.action in actions)
    }


def silence(steps: Iterable[Step], until: datetime, clock: str | None = None) -> list[Step]:
    """Silence the steps of one clock, or of all: nothing fires before `until`, then the highest due step."""
    return [replace(step, not_before=until) if clock in (None, step.clock) else step for step in steps]


def silent_until(day: date) -> datetime:
    """Return when the silence of an acknowledgement until `day` ends: 09:30 on a working day."""
    return rung_instant(day)


def wake_at(step: Step, id: UUID) -> datetime:
    """Return when to wake for a step: at its instant, spread by the id over ten minutes unless it is urgent."""
    return step.wakes_at + timedelta(seconds=spread_seconds(id) if step.mode == "days" else 0)


def resumed(at: datetime, paused_at: datetime, resumed_at: datetime, mode: Mode = "days") -> datetime:
    """Move an instant (a step, or the end of a clock) later by the working time lost in a pause."""
    if at <= paused_at or resumed_at <= paused_at:
        return at
    if mode == "days":
        lost_days = _mornings_between(paused_at, resumed_at)
        return moved(at, lost_days) if lost_days else at
    lost = working_hours_between(paused_at, resumed_at, every_day=mode == "all_hours")
    return working_hours_after(at, lost, every_day=mode == "all_hours") if lost else at


def _mornings_between(start: datetime, end: datetime) -> int:
    """Count the instants 09:30 of working days in [start, end): the days that a pause has cost."""
    day, last, count = local_day(start), local_day(end), 0
    while day <= last:
        count += is_working_day(day) and start <= at_local(day, RUNG_TIME) < end
        day += timedelta(days=1)
    return count
