"""What may be said about referrals in a call, and on which number. Pure.

A call is a disclosure: what may be said is what he agrees to at this moment, and a man is spoken of at the service that
he was referred to, not at another of the same agency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.console.referral.view import Json, newest


@dataclass(frozen=True)
class Spoken:
    """One referral of a call: what it is, and what may be said about it."""

    referral: Json
    standing: str  # live, expired, withdrawn, none
    may_tell: list[str]
    may_tell_us: list[str]


@dataclass
class Desk:
    """One number to ring, with everybody to be spoken of there, service by service."""

    phone: str | None
    phones: Sequence[Any] = ()  # all its numbers, with what is said beside each
    services: dict[str, list[Spoken]] = field(default_factory=dict[str, list[Spoken]])

    @property
    def spoken(self) -> list[Spoken]:
        """Everybody of it."""
        return [one for each in self.services.values() for one in each]


def may_say(referral: Json, consents: Sequence[Json]) -> Spoken:
    """What may be said about one referral, by what he said last."""
    own = [one for one in consents if one["agency_id"] == referral["agency_id"]]
    living = newest(own, referral["agency_id"])
    if living is not None:
        return Spoken(referral, "live", sorted(living["may_tell"]), sorted(living["may_tell_us"]))
    if any(one["withdrawn_at"] is None for one in own):
        return Spoken(referral, "expired", [], [])
    return Spoken(referral, "withdrawn" if own else "none", [], [])


def desks(spoken: Iterable[Spoken], services: Mapping[str, Json | None]) -> list[Desk]:
    """The numbers to ring, from the directory and nowhere else. `services` by id; None for what it does not show."""
    found: dict[str, Desk] = {}
    for one in spoken:
        service = services.get(one.referral["service_id"])
        service = service or {"name": "A service", "phone": None, "phones": []}
        name, phone = service["name"], service["phone"]
        # One call where the number is the same, however it is written; without a number nobody is rung.
        desk = found.setdefault("".join((phone or "").split()), Desk(phone, service["phones"]))
        desk.services.setdefault(name, []).append(one)
    return list(found.values())
