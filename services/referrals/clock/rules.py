"""Which clocks should run for a referral, as pure functions of its state and dates.

`shared.practice.clock_table` says which clock a state has; `rule_versions` reads and writes the versions of a team.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from services.referrals.codes import ENDINGS, State
from shared.practice.calendar import at_local, local_day
from shared.practice.clock_table import resolve, spans_for
from shared.practice.model import Clock, Off

# The states that answer the question of a span. A span that is not listed is answered by a recorded date or by the
# ending.
_ANSWERED_BY: Mapping[str, frozenset[State]] = {
    "attended": frozenset({State.ATTENDED, State.IN_TREATMENT}),
    "assessed": frozenset({State.ATTENDED, State.IN_TREATMENT}),
    "specialist_assessment": frozenset({State.ATTENDED, State.IN_TREATMENT}),
    "first_intervention": frozenset({State.ATTENDED, State.IN_TREATMENT}),
    "appointment": frozenset({State.BOOKED, State.ATTENDED, State.IN_TREATMENT}),
    "treatment_appointment": frozenset({State.BOOKED, State.ATTENDED, State.IN_TREATMENT}),
    "treatment_started": frozenset({State.IN_TREATMENT}),
}


@dataclass(frozen=True)
class Where:
    """The facts of a referral on which its clocks depend.

    Instants UTC; `appointment_at` is of the current appointment.
    """

    state: State
    pathway: str
    since: datetime
    sent_at: datetime | None = None
    question_since: datetime | None = None
    paused_since: datetime | None = None
    waitlisted_until: date | None = None
    appointment_at: datetime | None = None
    told: bool = False
    agency_may_say: bool = False
    round_entry: int = 1
    dates: Mapping[str, datetime] | None = None


@dataclass(frozen=True)
class Wanted:
    """A clock that should run from `opened_at`; `recorded` is a date that somebody gave (see `practice.ladder`)."""

    clock: Clock
    opened_at: datetime
    recorded: datetime | None = None


def stage_clocks(where: Where, rules: Iterable[Clock]) -> list[Wanted]:
    """Return the stage clocks of the state, and the question's.

    A booked referral has two: whether the person was informed, and the outcome.
    """
    rules = list(rules)
    found: list[Wanted] = []
    if where.state in ENDINGS:
        return found
    if where.question_since is not None:
        clock = _resolved("question", where, where.question_since, rules)
        if clock is not None:
            found.append(Wanted(clock, where.question_since))
    if where.state is State.BOOKED:
        return found + _booked(where, rules)
    clock = _resolved(where.state, where, where.since, rules)
    if clock is not None:
        until = where.waitlisted_until if where.state is State.WAITLISTED else None
        found.append(Wanted(clock, where.since, at_local(until, time(9, 30)) if until else None))
    return found


def _booked(where: Where, rules: list[Clock]) -> list[Wanted]:
    found: list[Wanted] = []
    at = where.appointment_at
    if at is None:
        return found
    if not where.told and where.since < at:
        telling = _resolved(State.BOOKED, where, where.since, rules, told=False)
        if telling is not None:
            found.append(Wanted(telling, where.since, at))
    outcome = _resolved(State.BOOKED, where, where.since, rules, told=True)
    if outcome is not None:
        found.append(Wanted(outcome, at))
    return found


def if_sent(pathway: str, at: datetime, rules: Iterable[Clock]) -> list[Wanted]:
    """Return the clocks that would run for a referral on this pathway if it was sent then."""
    rules, where = list(rules), Where(State.SENT, pathway, at, sent_at=at)
    return [*stage_clocks(where, rules), *spans(where, rules, local_day(at))]


def _resolved(state: str, where: Where, on: datetime, rules: list[Clock], *, told: bool = False) -> Clock | None:
    answer = resolve(state, where.pathway, local_day(on), rules, told=told, agency_may_say=where.agency_may_say)
    return None if isinstance(answer, Off) else answer


def off_reason(where: Where, rules: Iterable[Clock]) -> str:
    """Return why no clock runs in this state; empty when one does."""
    told = where.state is State.BOOKED
    answer = resolve(where.state, where.pathway, local_day(where.since), rules, told=told)
    return answer.reason if isinstance(answer, Off) else ""


def spans(where: Where, rules: Iterable[Clock], on: date) -> list[Wanted]:
    """Return the spans that have started and whose question is not answered yet."""
    found: list[Wanted] = []
    if where.state in ENDINGS:
        return found
    dates = where.dates or {}
    for clock in spans_for(where.pathway, on, rules):
        start = (
            dates.get(clock.starts_when) if clock.starts_when else where.sent_at if clock.from_event == "sent" else None
        )
        if start is not None and not answered(clock.to_event, where) and clock.length is not None:
            rule = clock if clock.in_force(local_day(start)) else None
            if rule is not None:
                found.append(Wanted(rule, start))
    return found


def redated(starts_when: str | None, opened_at: datetime, where: Where) -> bool:
    """Return whether the recorded date from which a span runs has changed since the clock opened."""
    start = (where.dates or {}).get(starts_when) if starts_when else None
    return start is not None and start != opened_at


def date_names(rules: Iterable[Clock]) -> frozenset[str]:
    """Return every recorded date with which some span starts or ends."""
    spans = [clock for clock in rules if clock.kind == "span"]
    return frozenset(
        [clock.starts_when for clock in spans if clock.starts_when] + [_ending(clock.to_event) for clock in spans]
    )


def answered(ends_with: str, where: Where) -> bool:
    """Return whether the event that a clock asks for has happened."""
    if where.state in _ANSWERED_BY.get(ends_with, ()):
        return True
    return _ending(ends_with) in (where.dates or {})


def _ending(ends_with: str) -> str:
    return f"{ends_with}_at"


def stage_can_run(where: Where) -> bool:
    """Return False in an ending, where nothing is asked of anybody."""
    return where.state not in ENDINGS
