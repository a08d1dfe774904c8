"""Rules of contacts: encounters and attempts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from shared.practice.calendar import local


class Kind(StrEnum):
    """Met and spoke are with the person; sighted is by somebody who saw the person; missed is a failed attempt."""

    MET = "met"
    SPOKE = "spoke"
    SIGHTED = "sighted"
    MISSED = "missed"


class Channel(StrEnum):
    """How a contact took place or was attempted."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    VIDEO = "video"


_LEGAL = {
    Kind.MET: frozenset({Channel.IN_PERSON, Channel.VIDEO}),
    Kind.SPOKE: frozenset({Channel.PHONE, Channel.TEXT, Channel.EMAIL, Channel.LETTER, Channel.VIDEO}),
    Kind.SIGHTED: frozenset({Channel.IN_PERSON}),
    Kind.MISSED: frozenset(Channel),
}


def fits(kind: Kind, channel: Channel) -> bool:
    """Return whether a contact of this kind can take place through this channel."""
    return channel in _LEGAL[kind]


def sighting_fits(kind: Kind, sighting: bool) -> bool:
    """Return whether the details of a sighting are given with the kind sighted, and only with that kind."""
    return (kind is Kind.SIGHTED) == sighting


Part = Literal["morning", "middle", "afternoon", "evening", "night"]
"""A part of the day: until 11, 11 to 14, 14 to 17, 17 to 22, and the night."""

# Of so many times that somebody was met or sighted; what is longer ago says little of where they are now.
LOOKED_AT: Final = 10
# Once is where they were last seen, and not yet where they usually are.
_LEAST: Final = 2


@dataclass(frozen=True)
class Usual:
    """Where somebody is usually found: the place, how often of how many times, and in which part of the day."""

    place: str
    times: int
    of: int
    part: Part | None


def part_of(at: datetime) -> Part:
    """Return the part of the day in which this was, by the local clock."""
    hour = local(at).hour
    if 5 <= hour < 11:
        return "morning"
    if 11 <= hour < 14:
        return "middle"
    if 14 <= hour < 17:
        return "afternoon"
    return "evening" if 17 <= hour < 22 else "night"


def usually_found(seen: Sequence[tuple[str | None, datetime]]) -> Usual | None:
    """Return where somebody is usually found, from the places and times at which they were seen, latest first.

    None while no place came up twice. The part of the day only where most times at that place were in it.
    """
    there = [(place, " ".join(place.casefold().split()), at) for place, at in seen if place]
    if not there:
        return None
    known, times = Counter(folded for _, folded, _ in there).most_common(1)[0]
    if times < _LEAST:
        return None
    at_it = [(place, at) for place, folded, at in there if folded == known]
    parts: Counter[Part] = Counter(part_of(at) for _, at in at_it)
    part, often = parts.most_common(1)[0]
    return Usual(at_it[0][0], times, len(seen), part if often * 2 > times else None)
