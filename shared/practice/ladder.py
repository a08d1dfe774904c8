"""The ladder of a referral's clock, what we do if nobody answers, as absolute instants.

A rule of ours: a clock that *we* hold asks the worker and notifies the supervisor and nothing else, since there is no
agency to remind or replace; a clock that nobody holds is only reported. An agency without email cannot be reminded, so
the worker is asked to ring instead. `opening` opens a clock and `ladder_engine` says what becomes of its steps; this
module re-exports what a referral needs of both, so that a caller needs this module alone.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, get_args

from shared.practice.calendar import (
    RUNG_TIME,
    at_local,
    local_day,
    rung_instant,
    working_days_after,
    working_days_before,
)
from shared.practice.clock_table import defaults
from shared.practice.ladder_engine import (
    Due,
    Key,
    LadderEngine,
    Step,
    resumed,
    silence,
    silent_until,
    wake_at,
)
from shared.practice.model import ACTIONS, Action, Clock, Rung, Whose, ladder_from_json
from shared.practice.opening import Column, Mode, Opened, deadline, mode_of, moved, open_clock

__all__ = [
    "LADDERS",
    "RANK",
    "Column",
    "Due",
    "Key",
    "Mode",
    "Rung",
    "Step",
    "WaitsOn",
    "asked_as",
    "carried_out_as",
    "deadline",
    "due",
    "following",
    "mode_of",
    "moved",
    "next_step",
    "pause",
    "resume",
    "resumed",
    "set_ladder",
    "shift",
    "silence",
    "silent_until",
    "unfold",
    "wake_at",
]

RANK: dict[str, int] = {action: rank for rank, action in enumerate(ACTIONS)}


def following(step: Step) -> Step | None:
    """Return the next occurrence of a repeating step; None when it does not repeat."""
    if step.every is None:
        return None
    return replace(step, occurrence=step.occurrence + 1, at=moved(step.at, step.every, step.mode))


# The ladders of a referral's clocks. Steps of one instant are different things to do, so all of them are done.
_ENGINE = LadderEngine(RANK, following, together=True)
due, next_step, unfold = _ENGINE.due, _ENGINE.next_step, _ENGINE.unfold
shift, pause, resume = _ENGINE.shift, _ENGINE.pause, _ENGINE.resume

LADDERS: dict[Column, tuple[Rung, ...]] = {
    column: ladder_from_json(defaults()["ladders"][column], f"ladder {column}") for column in get_args(Column)
}

_OURS: frozenset[Action] = frozenset(("ask_worker", "tell_supervisor"))


def _place(rung: Rung, opened: Opened) -> datetime:
    if rung.when == "half":
        return opened.half
    if rung.when == "opened":
        if opened.mode == "days":
            return at_local(working_days_after(local_day(opened.start), rung.days), RUNG_TIME)
        return moved(opened.start, rung.days, opened.mode)
    if opened.mode == "days":
        at = rung_instant(local_day(opened.end))
        if rung.when == "before":
            # Never before the day after opening: nobody is reminded of a referral that has just been sent.
            earliest = rung_instant(working_days_after(local_day(opened.start), 1))
            return min(at, max(earliest, at_local(working_days_before(local_day(at), rung.days), RUNG_TIME)))
        return moved(at, rung.days)
    if rung.when == "before":
        return max(opened.start, moved(opened.end, -rung.days, opened.mode))
    return moved(opened.end, rung.days, opened.mode) if rung.days else opened.end


def carried_out_as(action: Action, *, whose: Whose, agency_has_email: bool, held: bool = False) -> Action | None:
    """Return the action that a step becomes, or None when it does not apply; evaluated again when the step fires.

    `held` is for a person in custody: every step goes to the worker alone, and the agency never learns the reason.
    """
    if whose == "nobody" or (whose == "us" and action not in _OURS):
        return None
    if held or (action == "remind_agency" and not agency_has_email):
        return "ask_worker"
    return action


WaitsOn = Literal["agency", "us", "our_answer"]
_OF_OURS: Final[dict[str, dict[str, str]]] = {
    "us": {"ask_worker": "our_turn", "tell_supervisor": "our_turn_supervisor"},
    "our_answer": {"ask_worker": "answer_question", "tell_supervisor": "answer_question_supervisor"},
}


def asked_as(action: str, waits_on: str) -> str:
    """Return the kind of task that a step opens.

    On a clock of ours nobody is to ring an agency, which may not even know of the person; on the clock of an agency's
    question the agency waits for us.
    """
    return _OF_OURS.get(waits_on, {}).get(action, action)


def set_ladder(
    clock: Clock,
    opened_at: datetime,
    *,
    agency_has_email: bool = True,
    recorded: datetime | None = None,
) -> list[Step]:
    """Return the steps of a clock that opened at `opened_at`, in order.

    The list is empty when the ladder is off or nobody holds the clock. A repeating step is returned once (with
    `every`); `unfold` adds more. Steps with the same action at the same instant are one.
    """
    if clock.ladder == "off" or clock.whose == "nobody":
        return []
    opened = open_clock(clock, opened_at, recorded)
    placed: list[tuple[datetime, Action, int | None]] = []
    for rung in LADDERS[opened.column] if clock.ladder == "default" else clock.ladder:
        action = carried_out_as(rung.action, whose=clock.whose, agency_has_email=agency_has_email)
        if action is not None:
            placed.append((_place(rung, opened), action, rung.every))
    placed.sort(key=lambda each: (each[0], RANK[each[1]]))
    rungs: list[Step] = []
    for action in ACTIONS:
        same = [each for each in placed if each[1] == action]
        # When several steps have become one action they are numbered in order of time, and only the last one repeats.
        every = next((each[2] for each in reversed(same) if each[2]), None)
        instants = sorted({each[0] for each in same})
        for number, at in enumerate(instants, start=1):
            repeat = every if number == len(instants) else None
            rungs.append(Step(clock.key, action, number, at, clock.kind, opened.mode, repeat))
    return _ENGINE.ordered(rungs)
