"""The clocks of a plan: which steps are planned when, and which follow; the ladder engine says the rest. Pure.

Clocks: `contact` (the person has not been seen), `review`, `outcome`, `phase`, `watch` (days of risk); while paused
`look_again`, `hold_contact`, `ask_weekly`, `hold_eve` and `hold_end` instead of contact, watch and outcome. From the
known end of a pause the watch runs, whether or not a worker has recorded that the pause is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Literal

from shared.practice.cadence import (
    CONTACT,
    NOT_SEEN,
    OFF_UNTIL_MET,
    SUPERVISOR_STEPS,
    WATCH_CONTACT_DAYS,
    cadence,
    contact_due,
    hold,
    look_again,
    not_seen_steps,
    outcome_form_due,
    phase_ends,
    repeats_at,
    review_due,
    watch_after,
)
from shared.practice.calendar import local_day, morning, rung_instant, working_days_after
from shared.practice.ladder_engine import LadderEngine, Step

Template = Literal["critical_time", "engaging", "open_ended"]

OPEN_CLOCKS: Final = frozenset({"contact", "outcome", "watch", "review", "phase"})
PAUSED_BY_HOLD: Final = frozenset({"contact", "outcome", "watch"})
HOLD_CLOCKS: Final = frozenset({"look_again", "hold_contact", "ask_weekly", "hold_eve", "hold_end"})

_WORKER_TASKS: Final[dict[str, tuple[str, ...]]] = {
    "ask_worker": ("not_seen",),
    "another_way": ("another_way",),
    "lost_contact": ("check_custody", "check_hospital", "check_coroner", "check_shelter"),
    "review": ("review",),
    "outcome_form": ("outcome_form",),
    "phase_ends": ("phase_ends",),
    "look_again": ("look_again",),
    "ask_weekly": ("ask_release_date",),
    "watch": ("not_seen",),
}
# The task kinds that a step opens, beside those of a hold. The practice says of which steps the supervisor hears.
TASKS: Final[dict[str, tuple[str, ...]]] = {
    step: (*kinds, "tell_supervisor_not_seen") if step in SUPERVISOR_STEPS else kinds
    for step, kinds in _WORKER_TASKS.items()
}


@dataclass(frozen=True)
class Facts:
    """Everything that the instants of a plan are computed from."""

    phase: str
    cadence_days: int | None
    started_at: datetime
    phase_since: datetime
    seen_from: datetime
    sighted_from: datetime
    reviewed_at: datetime
    met: bool = True
    attempted_from: datetime | None = None
    outcomes_done: int = 0
    watch_until: date | None = None
    hold_kind: str | None = None
    hold_began: datetime | None = None
    hold_until: datetime | None = None
    hold_contact_at: datetime | None = None


def open_clocks(facts: Facts, clocks: Iterable[str], now: datetime) -> list[Step]:
    """Return the first steps of these clocks under the given facts."""
    steps: list[Step] = []
    for clock in sorted(clocks):
        steps += _OPENERS[clock](facts, now)
    return steps


def _contact(facts: Facts, now: datetime) -> list[Step]:
    days = cadence(facts.phase, facts.cadence_days).days
    return not_seen_steps(
        days,
        facts.seen_from,
        last_sighted_at=facts.sighted_from,
        last_attempt_at=facts.attempted_from,
        off=() if facts.met else OFF_UNTIL_MET,
    )


def _review(facts: Facts, now: datetime) -> list[Step]:
    return [Step("review", "review", 1, review_due(facts.phase, facts.reviewed_at))]


def _outcome(facts: Facts, now: datetime) -> list[Step]:
    # The first day is for the person, not for a form; a form that fell due in a pause waits for the day after it.
    day = outcome_form_due(local_day(facts.started_at), facts.outcomes_done)
    first = max(day, working_days_after(local_day(now), 0) + timedelta(days=1))
    return [Step("outcome", "outcome_form", facts.outcomes_done + 1, rung_instant(first))]


def _phase(facts: Facts, now: datetime) -> list[Step]:
    ends = phase_ends(facts.phase, local_day(facts.phase_since))
    return [] if ends is None else [Step("phase", "phase_ends", 1, rung_instant(ends))]


def _watch(facts: Facts, now: datetime) -> list[Step]:
    if facts.watch_until is None:
        return []
    seen = max(facts.seen_from, facts.sighted_from, facts.hold_until or facts.seen_from)
    at = morning(local_day(seen) + timedelta(days=WATCH_CONTACT_DAYS))
    return [Step("watch", "watch", 1, at)] if local_day(at) <= facts.watch_until else []


def _look_again(facts: Facts, now: datetime) -> list[Step]:
    kind, began = _held(facts)
    end = local_day(facts.hold_until) if facts.hold_until else None
    return [Step("look_again", "look_again", 1, look_again(kind, max(began, now), end))]


def _hold_contact(facts: Facts, now: datetime) -> list[Step]:
    kind, began = _held(facts)
    days = hold(kind).contact_days
    if days is None:
        return []
    return [Step("hold_contact", "hold_contact", 1, contact_due(days, facts.hold_contact_at or began))]


def _ask_weekly(facts: Facts, now: datetime) -> list[Step]:
    kind, began = _held(facts)
    if hold(kind).ask_weekly is None or facts.hold_until is not None:
        return []
    return [Step("ask_weekly", "ask_weekly", 1, contact_due(7, max(began, now)))]


def _hold_eve(facts: Facts, now: datetime) -> list[Step]:
    rule = hold(_held(facts)[0])
    if facts.hold_until is None or not rule.prepare:
        return []
    day = local_day(facts.hold_until) - timedelta(days=rule.prepare_days_before)
    return [Step("hold_eve", "hold_eve", 1, morning(day))]


def _hold_end(facts: Facts, now: datetime) -> list[Step]:
    return [Step("hold_end", "hold_end", 1, morning(local_day(facts.hold_until)))] if facts.hold_until else []


def watched_until(facts: Facts) -> date | None:
    """Return the last day of the watch after the known end of this pause; None when there is no watch."""
    found = watch_after(facts.hold_kind, local_day(facts.hold_until)) if facts.hold_kind and facts.hold_until else None
    return found.until if found else None


def _held(facts: Facts) -> tuple[str, datetime]:
    if facts.hold_kind is None or facts.hold_began is None:
        raise ValueError("the plan is not paused, so it has no clocks of a pause")
    return facts.hold_kind, facts.hold_began


_OPENERS = {
    "contact": _contact,
    "review": _review,
    "outcome": _outcome,
    "phase": _phase,
    "watch": _watch,
    "look_again": _look_again,
    "hold_contact": _hold_contact,
    "ask_weekly": _ask_weekly,
    "hold_eve": _hold_eve,
    "hold_end": _hold_end,
}


def following(step: Step, facts: Facts) -> Step | None:
    """Return the step that follows on the same clock by itself; None when only a fact or decision leads on."""
    at: datetime | None = None
    if step.clock in HOLD_CLOCKS and facts.hold_kind is None:
        return None  # the pause is over, and its steps are about to be voided
    if step.clock == "review":
        at = review_due(facts.phase, step.at)
    elif step.clock == "outcome":
        at = rung_instant(outcome_form_due(local_day(facts.started_at), step.occurrence))
    elif step.clock == "look_again":
        at = look_again(_held(facts)[0], step.at)
    elif step.clock == "hold_contact":
        days = hold(_held(facts)[0]).contact_days
        at = contact_due(days, step.at) if days else None
    elif step.clock == "ask_weekly":
        at = contact_due(7, step.at)
    elif step.clock == CONTACT and not facts.met:
        at = repeats_at(cadence(facts.phase, facts.cadence_days).days, step.action, step.at)
    elif step.clock == "watch":
        at = morning(local_day(step.at) + timedelta(days=WATCH_CONTACT_DAYS))
        if facts.watch_until is None or local_day(at) > facts.watch_until:
            return None
        return replace(step, occurrence=step.occurrence + 1, at=at)
    if at is None:
        return None
    # An outcome form that fell due in a pause may have been moved to a day after the next form's.
    return replace(
        step, occurrence=step.occurrence + 1, at=max(at, rung_instant(local_day(step.at) + timedelta(days=1)))
    )


def ladder(facts: Facts) -> LadderEngine:
    """Return the engine of a plan's clocks: of each clock one step fires at a time, and most clocks repeat."""
    return replace(NOT_SEEN, following=partial(following, facts=facts))


def preview(facts: Facts, now: datetime, *, months: int = 3, most: int = 60) -> list[tuple[datetime, str]]:
    """Return the dates of contacts (if each is kept on its day), reviews, forms and the end of the phase."""
    until = rung_instant(local_day(now) + timedelta(days=31 * months))
    days = cadence(facts.phase, facts.cadence_days).days
    found: list[tuple[datetime, str]] = []
    at = contact_due(days, facts.started_at)
    while at <= until:
        found.append((at, "contact"))
        # Counted from the due day of this contact, so that a bank holiday does not move all later ones.
        at = contact_due(days, at)
    for step in open_clocks(facts, ("review", "outcome", "phase"), now):
        later: Step | None = step
        while later is not None and later.at <= until:
            found.append((later.at, later.action))
            later = following(later, facts)
    return sorted(found)[:most]
