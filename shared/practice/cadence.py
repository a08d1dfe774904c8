"""Cadence rules: how often a person is seen, the steps when contact fails, reviews, outcome forms, holds, caseloads.

All figures are data (`defaults.json`) with their sources. A cadence counts days of the week from the last time the
person was met or spoken to; its steps are due at 09:30 local, on the first working day from then on. A month of contact
is four weeks, so that the day of the week stays the same. Periods around a release from prison or hospital count every
day of the week: nobody is released only on working days.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Literal, cast, get_args

from shared.practice.calendar import add_months, local_day, morning, rung_instant
from shared.practice.clock_table import defaults
from shared.practice.ladder_engine import LadderEngine, Step
from shared.practice.model import PracticeError

Phase = Literal["engaging", "transition", "try_out", "transfer_of_care"]
HoldKind = Literal["custody", "hospital", "away"]
PHASES: tuple[Phase, ...] = get_args(Phase)
_CADENCE = defaults()["cadence"]
# In this phase an attempt counts whether or not the person was met, and these steps count from the attempt.
ATTEMPT_PHASE: str = _CADENCE["attempts"]["phase"]
ATTEMPT_STEPS: frozenset[str] = frozenset(_CADENCE["attempts"]["steps"])
# Steps that do not apply to a person whom nobody has met yet.
OFF_UNTIL_MET: frozenset[str] = frozenset(_CADENCE["not_yet_met"]["off"])
WATCH_CONTACT_DAYS: int = _CADENCE["watch"]["contact_days"]
_PHASES = {row["phase"]: row for row in _CADENCE["phases"]}

# A cadence is a ladder whose clock is the last contact with the person.
CONTACT = "contact"
NOT_SEEN = LadderEngine({row["step"]: rank for rank, row in enumerate(_CADENCE["not_seen"])}, lambda step: None)
SUPERVISOR_STEPS: frozenset[str] = frozenset(row["step"] for row in _CADENCE["not_seen"] if row["supervisor"])


@dataclass(frozen=True)
class Cadence:
    """Contact every so many days; `source` says whose rule it is."""

    days: int
    source: str

    def rule(self) -> str:
        return f"contact every {self.days} day{'' if self.days == 1 else 's'}"


@dataclass(frozen=True)
class HoldRule:
    """The effects of one kind of hold while it lasts and when it ends.

    `contact_days` is our own cadence meanwhile (None: suspended). The agencies' clocks go on; with `worker_only` every
    step of theirs goes to the worker alone. Appointments are to be moved or cancelled. While the end is unknown, the
    worker is asked again every `look_again_days`. With a known end, the `prepare` tasks are due `prepare_days_before`
    it, and those of `when_it_ends` on the day itself, whether or not anybody has recorded the end. The person is seen
    within `seen_within_days` of the end and watched for `watch_days`; both count every day of the week.
    """

    kind: HoldKind
    contact: str | None
    contact_days: int | None
    ask_weekly: str | None
    worker_only: bool
    appointments: str
    look_again_days: int
    seen_within_days: int
    watch_days: int
    prepare_days_before: int
    prepare: tuple[str, ...]
    when_it_ends: tuple[str, ...]
    sighting_ends_it: bool
    source: str


def _phase(phase: str) -> dict[str, object]:
    if phase not in _PHASES:
        raise PracticeError(f"the phase {phase!r} is not known; it must be one of {', '.join(PHASES)}")
    return _PHASES[phase]


def cadence(phase: str, agreed_days: int | None = None) -> Cadence:
    """Return the contact cadence of a phase; days agreed for this one person override it."""
    row = _phase(phase)
    if agreed_days is None:
        return Cadence(cast(int, row["contact_days"]), str(row["source"]))
    if agreed_days < 1:
        raise PracticeError(f"an agreed cadence is one day or more, got {agreed_days}")
    return Cadence(agreed_days, "agreed for this person")


def phase_ends(phase: str, started: date) -> date | None:
    """Return the day on which a phase has lasted its time; None for engaging, which has no fixed length."""
    months = _phase(phase)["months"]
    return None if months is None else add_months(started, cast(int, months))


def contact_due(cadence_days: int, last_seen_at: datetime) -> datetime:
    """Return when the next contact is due: 09:30 local, on the first working day from the due day on."""
    return rung_instant(local_day(last_seen_at) + timedelta(days=cadence_days))


def not_seen_steps(
    cadence_days: int,
    last_seen_at: datetime,
    *,
    last_sighted_at: datetime | None = None,
    last_attempt_at: datetime | None = None,
    off: Collection[str] = (),
) -> list[Step]:
    """Return the steps when nobody has met or spoken to the person, in order, as multiples of the person's cadence.

    A sighting restarts only the search (`lost_contact`), an attempt that counts only the steps of `ATTEMPT_STEPS`.
    `off` names steps to leave out.
    """
    if cadence_days < 1:
        raise PracticeError(f"a cadence is one day or more, got {cadence_days}")
    steps: list[Step] = []
    for row in _CADENCE["not_seen"]:
        step: str = row["step"]
        start = max(last_seen_at, last_sighted_at) if step == "lost_contact" and last_sighted_at else last_seen_at
        if step in ATTEMPT_STEPS and last_attempt_at:
            start = max(start, last_attempt_at)
        days = max(ceil(row["times"] * cadence_days), row["at_least_days"])
        if step not in off:
            steps.append(Step(CONTACT, step, 1, rung_instant(local_day(start) + timedelta(days=days))))
    return sorted(steps, key=lambda each: each.at) if last_attempt_at else steps


def repeats_at(cadence_days: int, step: str, stood_at: datetime) -> datetime | None:
    """Return when a step repeats for a person whom nobody has met yet; None for a step that does not repeat."""
    if step not in _CADENCE["not_yet_met"]["repeats"]:
        return None
    [times] = [row["times"] for row in _CADENCE["not_seen"] if row["step"] == step]
    return rung_instant(local_day(stood_at) + timedelta(days=ceil(times * cadence_days)))


def review_due(phase: str, last_review_at: datetime) -> datetime:
    """Return when the next plan review is due: every 4 weeks in transition (and before it), then every 12."""
    _phase(phase)
    early = phase in ("engaging", "transition")
    weeks = _CADENCE["review"]["transition_weeks" if early else "later_weeks"]
    return rung_instant(local_day(last_review_at) + timedelta(weeks=weeks))


def outcome_form_due(plan_started: date, done: int) -> date:
    """Return the day on which the next outcome form is due after `done` forms.

    Forms are due at the start, every 3 months in the first year, then every 6. One more is due at the end of the plan,
    whatever the day.
    """
    if done < 0:
        raise PracticeError(f"the number of forms done cannot be negative, got {done}")
    first, later = _CADENCE["outcome_form"]["first_year_months"], _CADENCE["outcome_form"]["later_months"]
    in_year = 12 // first
    months = first * min(done, in_year) + later * max(done - in_year, 0)
    return add_months(plan_started, months)


HOLDS: dict[HoldKind, HoldRule] = {
    row["kind"]: HoldRule(
        kind=row["kind"],
        contact=row["contact"],
        contact_days=row["contact_days"],
        ask_weekly=row["ask_weekly"],
        worker_only=row["worker_only"],
        appointments=row["appointments"],
        look_again_days=row["look_again_days"],
        seen_within_days=row["seen_within_days"],
        watch_days=row["watch_days"],
        prepare_days_before=row["prepare_days_before"],
        prepare=tuple(row["prepare"]),
        when_it_ends=tuple(row["when_it_ends"]),
        sighting_ends_it=row["sighting_ends_it"],
        source=row["source"],
    )
    for row in defaults()["holds"]
}


def hold(kind: str) -> HoldRule:
    """Return the rules of one kind of hold. Raise PracticeError, which names the known kinds."""
    if kind not in HOLDS:
        raise PracticeError(f"the hold {kind!r} is not known; it must be one of {', '.join(HOLDS)}")
    return HOLDS[kind]


def look_again(kind: str, asked_at: datetime, end_known: date | None = None) -> datetime:
    """Return when the worker is asked whether a hold has ended.

    That is on the known end, whatever day of the week it is, else `look_again_days` after the worker was last asked.
    """
    if end_known is not None:
        return morning(end_known)
    return rung_instant(local_day(asked_at) + timedelta(days=hold(kind).look_again_days))


@dataclass(frozen=True)
class Watch:
    """A period of close contact: the person is met or sighted every `contact_days` until `until` (inclusive)."""

    until: date
    contact_days: int


def watch(started: date, days: int | None = None) -> Watch:
    """Return a watch of at most the days that the rule allows; to renew a watch, start it again."""
    most: int = _CADENCE["watch"]["days"]
    wanted = most if days is None else days
    if not 1 <= wanted <= most:
        raise PracticeError(f"a watch lasts 1 to {most} days and can be renewed, got {wanted}")
    return Watch(started + timedelta(days=wanted), WATCH_CONTACT_DAYS)


def watch_after(kind: str, ended: date) -> Watch | None:
    """Return the watch that follows the end of a hold; None for a kind without one."""
    days = hold(kind).watch_days
    return watch(ended, days) if days else None


# The steps after a missed appointment (the first, the second, the third and every later one) within this time,
# counted over all referrals of the person.
MISS_REASON: str = _CADENCE["misses"]["reason"]
MISS_STEPS: tuple[str, ...] = tuple(_CADENCE["misses"]["steps"])
MISSES_COUNT_FOR = timedelta(days=_CADENCE["misses"]["within_days"])

CASELOAD_AIM: int = _CADENCE["caseload"]["aim"]
CASELOAD_MAXIMUM: int = _CADENCE["caseload"]["maximum"]


def case_weight(stage: str, hold_kind: str | None = None) -> float:
    """Return the weight of one case in its worker's load: half when stepping down or in custody, nothing when over."""
    if stage in ("closed", "said_no", "waiting"):
        return 0.0
    half: list[str] = _CADENCE["caseload"]["half"]
    return 0.5 if stage in half or (stage == "on_hold" and hold_kind in half) else 1.0
