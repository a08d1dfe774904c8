"""The course of one plan as a fork: its phases in one line, and under the present one what was done and what comes.

Pure. The past and the future stand on one spine with today between them, as on the page of a referral.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from services.console.plan.words import PHASE
from services.console.plots.fork import Kind, Stop, Twig, fork
from services.console.web.casework_words import paused, step
from services.console.web.words import day, instant, plain, short_day

Json = Mapping[str, Any]

# A phase under its stop, where there is no room for more.
_STOPS: Final = {
    "engaging": "Getting to know",
    "transition": "Transition",
    "try_out": "Try-out",
    "transfer_of_care": "Transfer",
    "closed": "Closed",
}
_TO_THE_END: Final = ("goals_met", "handed_over")
MOST_PAST, MOST_AHEAD = 4, 5


@dataclass(frozen=True)
class Picture:
    """The picture, and the same in words."""

    drawn: Markup
    words: Sequence[str]


def draw(plan: Json, ahead: Sequence[Json], *, late: bool, now: datetime) -> Picture:
    """Return the picture of a plan; `ahead` is what comes by itself, `late` that its next step is."""
    closed = plan["stage"] == "closed"
    ended = closed or plan["stage"] == "stopped"
    kind: Kind = "ended" if ended else "late" if late else "now"
    here = _here(plan, closed)
    past = _past(plan)[-MOST_PAST:]
    coming = [] if ended else [_coming(item, now) for item in ahead[:MOST_AHEAD]]
    way = list(_STOPS)
    # An ending that is not the end of the way is marked where that way was left.
    at = way.index("closed" if plan["closing_reason"] in _TO_THE_END else plan["phase"])
    kinds: list[Kind] = [*("past" for _ in way[:at]), kind, *("later" for _ in way[at + 1 :])]
    stops = [Stop(_STOPS[phase], each) for phase, each in zip(way, kinds, strict=True)]
    said = [
        *(f"Done: {twig.label} ({twig.below})" for twig in past),
        f"{_STANDS[kind]}: {here[0]} ({here[1]})",
        *(f"To come: {twig.label} ({twig.below})" for twig in coming),
    ]
    twigs = [*past, *coming]
    told = " ".join(f"{each}." for each in said)
    drawn = fork("plan-way", "The progress of this plan", told, stops, here, twigs, short_day(now))
    return Picture(drawn, said)


_STANDS: Final[dict[Kind, str]] = {
    "now": "We are here",
    "late": "We are here, and the next step is late",
    "ended": "It ended here",
}


def _here(plan: Json, closed: bool) -> tuple[str, str]:
    """Return where the plan stands, and since when: a pause comes before the phase that it interrupts."""
    if closed:
        reason = f": {plain(plan['closing_reason'])}" if plan["closing_reason"] else ""
        return f"Closed{reason}", _since(plan["closed_at"])
    if plan["stage"] == "stopped":
        return "Stopped", _since(plan["stage_since"])
    if plan["hold"]:
        return paused(plan["hold"]), _since(plan["hold"]["began_at"])
    return PHASE.get(plan["phase"], plain(plan["phase"]).capitalize()), _since(plan["phase_since"])


def _since(at: str | None) -> str:
    return f"since {day(at)}"


def _past(plan: Json) -> list[Twig]:
    """Return the steps that were taken and the last contact, in the order of their days."""
    found = [
        (instant(one["settled_at"] or one["at"]), _capital(step(one["action"], "plan")))
        for one in plan["steps"]
        if one["outcome"] == "fired"
    ]
    if plan["last_contact_at"]:
        found.append((instant(plan["last_contact_at"]), _capital(plain(plan["last_contact_kind"] or "met or spoke"))))
    return [Twig(label, short_day(at), done=True) for at, label in sorted(found)]


def _coming(item: Json, now: datetime) -> Twig:
    at = instant(item["at"])
    when = f"was due {short_day(at)}" if at < now else short_day(at)
    return Twig(_capital(step(item["action"], "plan")), when, done=False)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
