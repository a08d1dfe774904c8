"""The words of bank holidays."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def named(day: date) -> str:
    """Write a day as "Monday 14 December 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def effect(found: Mapping[str, Any]) -> str:
    """Write how much would be recalculated, as one sentence."""
    parts = [
        _many(found["clocks"], "clock of a referral", "clocks of referrals"),
        _many(found["plans"], "plan", "plans"),
        _many(found["tasks"], "task", "tasks"),
    ]
    said = [part for part in parts if part]
    if not said:
        return "Nothing runs over this day now."
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    alone = found["clocks"] + found["plans"] + found["tasks"] == 1
    return f"{listed} {'runs' if alone else 'run'} over this day now and {'is' if alone else 'are'} counted anew."


def _many(number: int, one: str, more: str) -> str:
    return "" if number == 0 else f"{number} {one if number == 1 else more}"
