"""The table of clocks: which clock each state of a referral has, on every pathway and date.

The defaults are data (`defaults.json`), each row with its source and the dates in force. A team's own rows are passed
together with them; the row for the pathway itself wins over the one for any pathway, and of rows with one key the
highest version in force wins.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared.practice.model import (
    ACTIONS,
    Action,
    Clock,
    Kind,
    Length,
    Off,
    PracticeError,
    Rung,
    SourceKind,
    Unit,
    Whose,
    clock_as_json,
    clock_from_json,
    ladder_from_json,
)

__all__ = [
    "ACTIONS",
    "DEFAULT_CLOCKS",
    "PATHWAYS",
    "REFERRAL_PATHWAYS",
    "REFERRAL_STATES",
    "STATES",
    "Action",
    "Clock",
    "Kind",
    "Length",
    "Off",
    "PracticeError",
    "Rung",
    "SourceKind",
    "Unit",
    "Whose",
    "clock_as_json",
    "clock_from_json",
    "defaults",
    "ladder_from_json",
    "resolve",
    "spans_for",
]

REFERRAL_STATES = (
    "draft",
    "awaiting_consent",
    "sent",
    "undeliverable",
    "acknowledged",
    "waitlisted",
    "accepted",
    "booked",
    "attended",
    "in_treatment",
    "completed",
    "declined",
    "withdrawn",
)
# `question` is a flag on an open state, with a clock of its own.
STATES = (*REFERRAL_STATES, "question")


@cache
def defaults() -> dict[str, Any]:
    """Return the packaged data file unchanged; the modules of this package read their sections from it."""
    return json.loads(Path(__file__).with_name("defaults.json").read_text(encoding="utf-8"))


REFERRAL_PATHWAYS: tuple[str, ...] = tuple(defaults()["referral_pathways"])
PATHWAYS: tuple[str, ...] = (*REFERRAL_PATHWAYS, *defaults()["other_pathways"])
DEFAULT_CLOCKS: tuple[Clock, ...] = tuple(clock_from_json(row) for row in defaults()["clocks"])


def _known(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        raise PracticeError(f"{what} {value!r} is not known; it must be one of {', '.join(allowed)}")


def _current(clocks: Iterable[Clock], on: date) -> list[Clock]:
    """Return the highest version of each key in force on the day, in the order of the rows."""
    best: dict[str, Clock] = {}
    for clock in clocks:
        if clock.in_force(on) and (clock.key not in best or best[clock.key].version < clock.version):
            best[clock.key] = clock
    return list(best.values())


def resolve(
    state: str,
    pathway: str,
    on: date,
    clocks: Iterable[Clock] = DEFAULT_CLOCKS,
    *,
    told: bool = False,
    agency_may_say: bool = True,
) -> Clock | Off:
    """Return the stage clock of `state` for a referral on `pathway` that enters the state on the local date `on`.

    `told` matters for `booked` alone: before the person is informed of the appointment the clock is ours, afterwards
    (or once the appointment has passed) the agency is asked for the outcome; when the agency may not tell us, we ask
    the person. Raise PracticeError for an unknown state or pathway.
    """
    _known(state, STATES, "the state")
    _known(pathway, PATHWAYS, "the pathway")
    fitting = [
        clock
        for clock in _current(clocks, on)
        if clock.kind == "stage"
        and clock.from_event == state
        and clock.pathway in (pathway, "any")
        and (state != "booked" or clock.untold != told)
    ]
    if not fitting:
        return Off(f"no clock is in force for {state.replace('_', ' ')} on {on.isoformat()}")
    clock = max(fitting, key=lambda each: (each.pathway == pathway, each.version))
    if clock.length is None:
        return Off(clock.off_reason)
    if not agency_may_say and clock.else_whose is not None:
        return replace(clock, whose=clock.else_whose)
    return clock


def spans_for(pathway: str, on: date, clocks: Iterable[Clock] = DEFAULT_CLOCKS) -> list[Clock]:
    """Return the spans that run beside the stages of a referral on `pathway`: its own and those of any pathway.

    A pathway that is not a referral's (prison_release, safeguarding, data_rights, caseload) has its own only.
    """
    _known(pathway, PATHWAYS, "the pathway")
    wanted = {pathway, "any"} if pathway in REFERRAL_PATHWAYS else {pathway}
    return [clock for clock in _current(clocks, on) if clock.kind == "span" and clock.pathway in wanted]
