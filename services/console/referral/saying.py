"""What may be said about referrals in a call, and on which number. Pure.

A call is a disclosure: it is limited to the person's current consent, and each person may be spoken of at the service
they were referred to, not at another service of the same agency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.console.referral.view import Json, newest


@dataclass(frozen=True)
class Spoken:
    """One referral of a call, and what may be said about it."""

    referral: Json
    standing: str  # live, expired, withdrawn, none
    may_tell: list[str]
    may_tell_us: list[str]


@dataclass
class Desk:
    """One number to ring, with everybody to be spoken of there, service by service."""

    phone: str | None
    phones: Sequence[Any] = ()  # all its numbers, each with its description
    services: dict[str, list[Spoken]] = field(default_factory=dict[str, list[Spoken]])

    @property
    def spoken(self) -> list[Spoken]:
        """Return the referrals of every service at this number."""
        return [one for each in self.services.values() for one in each]


def may_say(referral: Json, consents: Sequence[Json]) -> Spoken:
    """Return what may be said about one referral, by the person's latest consent."""
    own = [one for one in consents if one["agency_id"] == referral["agency_id"]]
    living = newest(own, referral["agency_id"])
    if living is not None:
        return Spoken(referral, "live", sorted(living["may_tell"]), sorted(living["may_tell_us"]))
    if any(one["withdrawn_at"] is None for one in own):
        return Spoken(referral, "expired", [], [])
    return Spoken(referral, "withdrawn" if own else "none", [], [])


def desks(spoken: Iterable[Spoken], services: Mapping[str, Json | None]) -> list[Desk]:
    """Return the numbers to ring, from the directory alone. `services` by id; None for one that it does not show."""
    found: dict[str, Desk] = {}
    for one in spoken:
        service = services.get(one.referral["service_id"])
        service = service or {"name": "A service", "phone": None, "phones": []}
        name, phone = service["name"], service["phone"]
        # One call per number, however the number is written; without a number nobody is rung.
        desk = found.setdefault("".join((phone or "").split()), Desk(phone, service["phones"]))
        desk.services.setdefault(name, []).append(one)
    return list(found.values())
