"""Validation and effect of a change of a clock. Pure, but for the problems raised."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.referrals.clock.example import example
from shared.http.problems import Wrong, conflict, problem
from shared.http.validation import DETAIL
from shared.practice.calendar import local_day, working_days_between
from shared.practice.clock_table import REFERRAL_PATHWAYS
from shared.practice.ladder import carried_out_as
from shared.practice.model import Clock, clock_as_json, clock_from_json

# A clock longer than two years asks nothing of anybody; nor does a step a year later. Our own limits.
LONGEST: Final[Mapping[str, int]] = {
    "working_days": 500,
    "days": 730,
    "weeks": 104,
    "months": 24,
    "hours": 240,
    "same_day": 0,
    "before_date": 5,
}
FURTHEST = 250
_PLACED_BY_DAYS = frozenset({"opened", "before", "after"})


def fixed(clock: Clock, now: datetime) -> str:
    """Return why no team may change this rule; empty when a team may."""
    if clock.length is None:
        return "no time runs here, on purpose"
    if clock.in_force_until is not None and clock.in_force_until < local_day(now):
        return "it is not in force any more"
    if clock.whose == "nobody":
        return "it is only reported: nothing happens by it"
    if clock.pathway not in REFERRAL_PATHWAYS:
        return "no referral runs by it"
    return ""


def changed(latest: Mapping[str, Any], given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the body of the next version. Raise problems that name every field that is wrong."""
    clock = clock_from_json(latest)
    if reason := fixed(clock, now):
        raise conflict(f"This rule is not changed by a team: {reason}.", rule="fixed")
    body = {**latest, "source_kind": "ours", **given}
    if body["length"]["unit"] != latest["length"]["unit"]:
        # The unit decides whether weekends count.
        body.pop("runs_on", None)
    if body["ladder"] != "off":
        body["off_reason"] = ""
    if "source" not in given:
        _refuse([Wrong("source", "missing", "is required")])
    _refuse(list(_wrong(clock, body)))
    found = clock_from_json(body)
    if isinstance(found.ladder, tuple):
        _refuse(list(_too_early(found, now)))
        found = _in_order(found, now)
    return clock_as_json(found)


def _refuse(wrong: Sequence[Wrong]) -> None:
    if wrong:
        raise problem(422, DETAIL, errors=wrong)


def _wrong(latest: Clock, body: Mapping[str, Any]) -> Iterator[Wrong]:
    yield from _length(latest, body["length"])
    if body["ladder"] == "off" and not body["off_reason"].strip():
        yield Wrong("off_reason", "missing", "say why nothing happens")
    if not isinstance(body["ladder"], str):
        seen: set[str] = set()
        for place, rung in enumerate(body["ladder"]):
            yield from _rung(latest, f"ladder.{place}", rung, seen)
            seen.add(rung["action"])


def _length(latest: Clock, length: Mapping[str, Any]) -> Iterator[Wrong]:
    assert latest.length is not None
    n, unit = length["n"], length["unit"]
    if (unit == "before_date") != (latest.length.unit == "before_date"):
        # Only a clock that ends before a known date can count back from it, and such a clock has no other length.
        message = "this clock counts back from a date" if unit != "before_date" else "this clock has no date"
        yield Wrong("length.unit", "before_date", message)
    elif n < 1 and unit != "same_day":
        yield Wrong("length.n", "too_short", "must be at least 1")
    elif n > LONGEST[unit]:
        yield Wrong("length.n", "too_long", f"must be at most {LONGEST[unit]}")


def _rung(latest: Clock, where: str, rung: Mapping[str, Any], seen: set[str]) -> Iterator[Wrong]:
    days, every = rung.get("days", 0), rung.get("every")
    if rung["action"] in seen:
        yield Wrong(f"{where}.action", "twice", "is there already: a step stands once, and may be repeated")
    elif carried_out_as(rung["action"], whose=latest.whose, agency_has_email=True) is None:
        yield Wrong(f"{where}.action", "not_ours", "never happens: here it is our own turn")
    if rung["when"] in _PLACED_BY_DAYS and days < 1:
        yield Wrong(f"{where}.days", "too_short", "must be at least 1")
    elif rung["when"] not in _PLACED_BY_DAYS and days:
        yield Wrong(f"{where}.days", "not_counted", "must be left out: this step stands at a time of its own")
    elif days > FURTHEST:
        yield Wrong(f"{where}.days", "too_long", f"must be at most {FURTHEST}")
    if every is not None and every > FURTHEST:
        yield Wrong(f"{where}.every", "too_long", f"must be at most {FURTHEST}")


def _too_early(clock: Clock, now: datetime) -> Iterator[Wrong]:
    """Yield an error for each step that would come before the clock opens, rather than move the step silently."""
    typical = example(clock, now)
    assert typical is not None and isinstance(clock.ladder, tuple)
    lasts = working_days_between(local_day(typical.opened_at), local_day(typical.deadline))
    for place, rung in enumerate(clock.ladder):
        if rung.when == "before" and rung.days >= lasts:
            yield Wrong(
                f"ladder.{place}.days", "too_early", "must be shorter than the whole time, or it would come too early"
            )


def _in_order(clock: Clock, now: datetime) -> Clock:
    """Order the steps by when they come, in whichever order they were given."""
    typical = example(clock, now)
    assert typical is not None
    return replace(clock, ladder=tuple(step.rung for step in typical.steps))
