"""Rules of contacts: encounters and attempts."""

from enum import StrEnum


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
