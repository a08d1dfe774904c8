"""What a service wanted to answer, in words that can be stored: pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.practice.calendar import local

# Requested by whoever holds a link that has expired or was revoked.
FRESH_LINK = "fresh_link"


@dataclass(frozen=True)
class Wanted:
    """An answer by its code, and everything that came with it."""

    answer: str
    words: str | None = None


def wanted(answer: str, body: Any) -> Wanted:
    """Return the contents of a request body in words, whatever its channel."""

    def given(name: str) -> Any:
        return getattr(body, name, None)

    said = [given("note"), *_appointment(given("appointment"))]
    said += [f"Until: {_day(given('until'))}." if given("until") else None]
    said += [f"Reason: {str(code).replace('_', ' ')}." for code in (given("reason"), given("miss_kind")) if code]
    said += [f"Their reference: {given('their_reference')}." if given("their_reference") else None]
    return Wanted(answer, "\n".join(text for text in said if text) or None)


def _appointment(given: Any) -> list[str]:
    if given is None:
        return []
    here = local(given.at)
    more = {"Place": given.place, "Bring": given.bring, "Who goes": given.who_goes}
    return [
        f"Appointment: {_day(here.date())}, {here:%H:%M}.",
        *(f"{name}: {text}" for name, text in more.items() if text),
    ]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
