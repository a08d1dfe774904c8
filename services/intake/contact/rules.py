"""Contacts: encounters and attempts."""

from enum import StrEnum


class Kind(StrEnum):
    """Met and spoke are with him; sighted is by somebody who saw him; missed is an attempt that did not reach him."""

    MET = "met"
    SPOKE = "spoke"
    SIGHTED = "sighted"
    MISSED = "missed"


class Channel(StrEnum):
    """How it happened or was tried."""

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
    """Whether a contact of this kind can happen through this channel."""
    return channel in _LEGAL[kind]


def sighting_fits(kind: Kind, sighting: bool) -> bool:
    """By whom, where and how he was belong to a sighting, and a sighting needs them."""
    return (kind is Kind.SIGHTED) == sighting
