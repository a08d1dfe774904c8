"""The new day of a plan's step or of a task, when it was counted with other bank holidays. Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from services.casework.plan.rules import HOLD_CLOCKS, Facts, following, open_clocks
from services.casework.task.rules import due_at, inform_person_due
from shared.practice.calendar import DaysOff, counted_with, local_day, rung_instant
from shared.practice.ladder_engine import Step

# These steps stay on their day, whatever day that is: a release does not wait for office hours.
_EVERY_DAY: Final = frozenset({"watch", "hold_eve", "hold_end"})


def step_stands(
    step: Step, facts: Facts, set_at: datetime, previous: Step | None, first_stood: datetime | None, before: DaysOff
) -> datetime:
    """Return when a step is due by the days that count here.

    `set_at`: when it was planned; `previous`: the step it follows; `first_stood`: its time before bank holidays moved
    it, if they have.
    """
    if step.clock in _EVERY_DAY or (step.clock == "look_again" and facts.hold_until is not None):
        return step.at
    for place in _ways(step, facts, set_at, previous):
        with counted_with(before):
            stood = place()
        if stood == step.at and (stands := place()) is not None:
            return stands
    # The step was planned from facts that are no longer on the rows: at least it is never on a day off.
    return rung_instant(local_day(first_stood or step.at))


def _ways(step: Step, facts: Facts, set_at: datetime, previous: Step | None) -> Iterator[Callable[[], datetime | None]]:
    def opened() -> datetime | None:
        found = open_clocks(facts, [step.clock], set_at)
        return next(
            (each.at for each in found if (each.action, each.occurrence) == (step.action, step.occurrence)), None
        )

    def followed() -> datetime | None:
        more = following(previous, facts) if previous is not None else None
        return more.at if more is not None and more.occurrence == step.occurrence else None

    if step.clock not in HOLD_CLOCKS or facts.hold_kind is not None:
        yield opened
        yield followed


def task_due(
    kind: str, opened_at: datetime, due: datetime, appointment_at: datetime | None, before: DaysOff
) -> datetime:
    """Return when a task is due by the days that count here; a task that was set otherwise keeps its day."""
    ways: list[Callable[[], datetime]] = [lambda: due_at(kind, opened_at)]
    if kind == "inform_person" and appointment_at is not None:
        ways.append(lambda: inform_person_due(opened_at, appointment_at))
    for place in ways:
        with counted_with(before):
            stood = place()
        if stood == due:
            return place()
    return due
