"""The course of one referral as a fork: the good way in one line, the steps if nobody answers as a branch under today.

The same in words is its past, its current state, the steps taken and to come, and what may follow. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from markupsafe import Markup

from services.console.plots.fork import Stop, Twig, fork
from services.console.referral import course
from services.console.referral.view import ENDED
from services.console.referral.words import done
from services.console.web.words import REFERRAL, RUNGS, day, instant, short_day

Json = Mapping[str, Any]
Kind = Literal["past", "now", "late", "ended", "step_done", "step", "later"]

_AHEAD = {
    "draft": "Sending it",
    "sent": "Sent",
    "acknowledged": "The service has seen it",
    "accepted": "The service accepts",
    "booked": "Appointment",
    "attended": "Attended",
    "completed": "Completed",
}
MOST_PAST, MOST_STEPS = 5, 5


@dataclass(frozen=True)
class Mark:
    """One thing that the picture shows, with its words."""

    kind: Kind
    label: str
    below: str
    unless: str = "nobody answers"  # the condition that stops a step of ours

    @property
    def is_step(self) -> bool:
        return self.kind in ("step", "step_done")

    @property
    def words(self) -> str:
        """Write the mark as words, without the picture."""
        when = f" ({self.below})" if self.below else ""
        return {
            "past": f"{self.label}{when}",
            "now": f"We are here: {self.label}{when}",
            "late": f"We are here, waiting too long: {self.label}{when}",
            "ended": f"It ended here: {self.label}{when}",
            "step_done": f"Done because {self.unless.replace('answers', 'answered')}: {self.label}{when}",
            "step": f"If {self.unless}: {self.label}{when}",
            "later": f"May follow: {self.label}",
        }[self.kind]


@dataclass(frozen=True)
class Picture:
    """The picture, and the same in words."""

    marks: Sequence[Mark]
    stops: Sequence[Stop]
    drawn: Markup


def draw(referral: Json, history: Sequence[Json], ladder: Json, now: datetime) -> Picture:
    """Return the picture of a referral; `ladder` has its clocks and their steps."""
    here, steps = _here(referral), _steps(referral, ladder, now)
    marks = [*_past(referral, history), here, *steps, *_later(referral)]
    stops = _stops(referral, history, here.kind)
    below = f"{here.below}, waiting too long" if here.kind == "late" else here.below
    told = " ".join(f"{mark.words}." for mark in marks)
    twigs = [_twig(mark) for mark in steps]
    drawn = fork(
        "way", "The progress of this referral", told, stops, (here.label, below), twigs, short_day(now)
    )  # fmt: skip
    return Picture(marks, stops, drawn)


def _stops(referral: Json, history: Sequence[Json], kind: Kind) -> list[Stop]:
    """Return the stops of the good way: what was passed with its day, the one of now, the others."""
    way = course.WALK_IN if referral["walk_in"] else tuple(course.STOPS)
    reached = {
        stop: line["occurred_at"]
        for line in history
        if line["from_state"] != line["to_state"] or line["move"] == "draft"
        if (stop := course.stop_of(line["to_state"])) in way
    }
    now = course.stop_of(referral["state"])
    # An ending that is not part of the good way is marked where that way was left.
    at = way.index(now) if now in way else max((way.index(stop) for stop in reached), default=0)
    kinds: list[Any] = ["past"] * at + [kind] + ["later"] * (len(way) - at - 1)
    return [
        Stop(course.STOPS[stop], kinds[number], _date(reached[stop]) if number < at and stop in reached else "")
        for number, stop in enumerate(way)
    ]


def _date(at: str) -> str:
    """Write a day as "1 Mar": there is no room for more under a stop."""
    return short_day(at).partition(" ")[2]


def _twig(mark: Mark) -> Twig:
    done = mark.kind == "step_done"
    return Twig(mark.label, mark.below if done else f"{mark.below}, if {mark.unless}", done)


def _past(referral: Json, history: Sequence[Json]) -> list[Mark]:
    entered: dict[int, Json] = {}
    for line in history:
        if line["from_state"] != line["to_state"] or line["move"] in ("draft", "rebook", "book"):
            entered[line["stage_entry"]] = line
    entered.pop(referral["stage_entry"], None)
    marks = [Mark("past", done(line), day(line["occurred_at"])) for _, line in sorted(entered.items())]
    left_out = len(marks) - MOST_PAST
    if left_out > 0:
        marks = [Mark("past", f"{left_out} more before", ""), *marks[left_out:]]
    return marks


def _here(referral: Json) -> Mark:
    state = referral["state"]
    kind: Kind = "ended" if state in ENDED else "late" if referral["stalled"] else "now"
    return Mark(kind, REFERRAL.get(state) or str(state), f"since {day(referral['since'])}")


def _steps(referral: Json, ladder: Json, now: datetime) -> list[Mark]:
    if referral["state"] in ENDED:
        return []
    theirs = {clock["clock"] for clock in ladder["clocks"] if clock["whose"] == "agency"}
    ours = [step for step in ladder["steps"] if step["stage_entry"] == referral["stage_entry"]]
    fired = [step for step in ours if step["outcome"] == "fired"]
    ahead = [step for step in ours if step["outcome"] == "planned" and not step["paused"]]
    marks = [
        _step("step_done", step, step["recorded_outcome_at"] or step["at"], step["clock"] in theirs)
        for step in fired[-MOST_STEPS:]
    ]
    return marks + [_step("step", step, _at(step, now), step["clock"] in theirs) for step in ahead[:MOST_STEPS]]


def _step(kind: Kind, step: Json, at: str | datetime, theirs: bool) -> Mark:
    """Return the mark of a step, worded by its cause: the agency has not answered, or our part is not done."""
    # The year would not fit on a phone, and none of these dates is far away.
    return Mark(kind, rung(step["action"], theirs), short_day(at), unless=_UNLESS[theirs])


_UNLESS = {True: "nobody answers", False: "it is not done"}


def rung(action: str, theirs: bool) -> str:
    """Write what a step does; on a clock of ours `ask_worker` does not ask the worker to ring anybody."""
    if action == "ask_worker" and not theirs:
        return "Ask the worker to see to it"
    words = RUNGS.get(action) or action.replace("_", " ")
    return words[:1].upper() + words[1:]


def _at(step: Json, now: datetime) -> datetime:
    at = max(instant(one) for one in (step["at"], step["not_before"]) if one)
    return max(at, now)


def _later(referral: Json) -> list[Mark]:
    state = referral["state"]
    if state in ENDED:
        return []
    straight = course.WALK_IN if referral["walk_in"] else tuple(course.STOPS)
    stop = course.stop_of(state)
    begun = straight.index(stop) + 1 if stop in straight else 1
    return [Mark("later", _AHEAD[one], "") for one in straight[begun:]]
