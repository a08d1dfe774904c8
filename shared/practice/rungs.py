"""The steps of an opened ladder: which are due, which comes next, and how they are moved or silenced.

All functions are pure: lists in, new lists out; repeating steps are continued from the last one in the list. An
acknowledgement silences a ladder until its date and never ends it: a repeating step goes on afterwards, or a referral
could be forgotten for good (a rule of ours).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
from shared.practice.model import ACTIONS, Action, Kind, PracticeError
from shared.practice.opening import Mode, moved

Key = tuple[str, str, int]

RANK: dict[Action, int] = {action: rank for rank, action in enumerate(ACTIONS)}


@dataclass(frozen=True)
class RungInstant:
    """One step of one clock at one instant (UTC), identified by (clock_key, action, occurrence) within a stage entry.

    `every` (working days) makes the step repeat. `not_before` is set by an acknowledgement, `parked` by an open
    question.
    """

    clock_key: str
    action: Action
    occurrence: int
    at: datetime
    kind: Kind = "stage"
    mode: Mode = "days"
    every: int | None = None
    not_before: datetime | None = None
    parked: bool = False

    @property
    def key(self) -> Key:
        return (self.clock_key, self.action, self.occurrence)

    @property
    def wakes_at(self) -> datetime:
        """When the step fires: at `at`, or at the end of the silence."""
        return self.at if self.not_before is None else max(self.at, self.not_before)


@dataclass(frozen=True)
class Due:
    """The steps to fire now, and those to record as overtaken because a stronger one is due."""

    fire: list[RungInstant]
    overtaken: list[RungInstant]


def ordered(rungs: Iterable[RungInstant]) -> list[RungInstant]:
    """Sort steps by time; steps of one instant from the mildest to the strongest."""
    return sorted(rungs, key=lambda rung: (rung.at, rung.clock_key, RANK[rung.action], rung.occurrence))


def following(rung: RungInstant) -> RungInstant | None:
    """Return the next occurrence of a repeating step; None when it does not repeat."""
    if rung.every is None:
        return None
    return replace(rung, occurrence=rung.occurrence + 1, at=moved(rung.at, rung.every, rung.mode))


def unfold(rungs: Iterable[RungInstant], after: datetime) -> list[RungInstant]:
    """Return all steps, with repeating ones continued up to the first occurrence after `after`. Idempotent."""
    found = {rung.key: rung for rung in rungs}
    for last in list(found.values()):
        later = last
        while later.at <= after:
            more = following(later)
            if more is None:
                break
            later = found.setdefault(more.key, more)
    return ordered(found.values())


def _overtakes(later: RungInstant, earlier: RungInstant) -> bool:
    # A milder step that only repeats (another reminder) must not overtake a stronger one that has not fired yet.
    return later.at > earlier.at and (later.every is None or RANK[later.action] >= RANK[earlier.action])


def due(rungs: Iterable[RungInstant], fired: Collection[Key], now: datetime) -> Due:
    """Return what fires at `now`. `fired` holds every step already recorded, fired or overtaken.

    Of each clock only the highest due step fires (all that share its instant do); the lower ones are overtaken, and so
    is a step that becomes due below one already fired.
    """
    every = [rung for rung in unfold(rungs, now) if not rung.parked]
    waiting = [rung for rung in every if rung.wakes_at <= now and rung.key not in fired]
    fire: list[RungInstant] = []
    overtaken: list[RungInstant] = []
    for rung in waiting:
        above = (
            other
            for other in every
            if other.clock_key == rung.clock_key and (other.wakes_at <= now or other.key in fired)
        )
        (overtaken if any(_overtakes(other, rung) for other in above) else fire).append(rung)
    return Due(fire, overtaken)


def next_rung(rungs: Sequence[RungInstant], fired: Collection[Key], after: datetime) -> RungInstant | None:
    """Return the next step: one that is already due and not yet recorded, else the first to fire after `after`."""
    pressing = due(rungs, fired, after).fire
    if pressing:
        return min(pressing, key=lambda rung: rung.wakes_at)
    coming = [
        rung for rung in unfold(rungs, after) if not rung.parked and rung.wakes_at > after and rung.key not in fired
    ]
    if not coming:
        return None
    first = min(coming, key=lambda rung: rung.wakes_at)
    # At the end of a silence, of the steps that become due together only the highest fires.
    return max(due(rungs, fired, first.wakes_at).fire, key=lambda rung: rung.at, default=first)


def next_instant(rungs: Sequence[RungInstant], fired: Collection[Key], after: datetime) -> datetime | None:
    """Return when the next step fires, in the past when it is due and not yet recorded; None when there is none."""
    rung = next_rung(rungs, fired, after)
    return None if rung is None else rung.wakes_at


def wake_at(rung: RungInstant, id: UUID) -> datetime:
    """Return when to wake for a step: at its instant, spread by the id over ten minutes unless it is urgent."""
    return rung.wakes_at + timedelta(seconds=spread_seconds(id) if rung.mode == "days" else 0)


def shift(rungs: Iterable[RungInstant], working_days: int, after: datetime) -> list[RungInstant]:
    """Move every step after `after` by so many working days: an extension.

    Earlier steps stay, except parked ones, which have not fired whatever their day.
    """
    if working_days < 1:
        raise PracticeError(f"an extension is one working day or more, got {working_days}")
    # Unfolded past `after` first, so that the coming occurrence of a repeating step is moved too.
    return ordered(
        replace(rung, at=moved(rung.at, working_days, rung.mode)) if rung.at > after or rung.parked else rung
        for rung in unfold(rungs, after)
    )


def silence(rungs: Iterable[RungInstant], until: datetime, clock_key: str | None = None) -> list[RungInstant]:
    """Silence the steps of one clock, or of all: nothing fires before `until`, then the highest due step."""
    return [replace(rung, not_before=until) if clock_key in (None, rung.clock_key) else rung for rung in rungs]


def silent_until(day: date) -> datetime:
    """Return when the silence of an acknowledgement until `day` ends: 09:30 on a working day."""
    return rung_instant(day)


def pause(rungs: Iterable[RungInstant], paused_at: datetime) -> list[RungInstant]:
    """Park the steps of stage clocks while a question is open, since the agency waits for us; spans run on."""
    return [replace(rung, parked=rung.kind == "stage") for rung in unfold(rungs, paused_at)]


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


def resume(rungs: Iterable[RungInstant], paused_at: datetime, resumed_at: datetime) -> list[RungInstant]:
    """Unpark the steps of stage clocks after an answer, later by the working time that the pause has cost."""
    return ordered(
        replace(rung, at=resumed(rung.at, paused_at, resumed_at, rung.mode), parked=False)
        if rung.kind == "stage" and rung.parked
        else rung
        for rung in rungs
    )
