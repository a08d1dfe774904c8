"""What an outside look can find wrong."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """What is wrong with it."""

    LOST = "lost"  # it was accepted or recorded, and somebody who must have it has not
    DOUBLED = "doubled"  # it happened more often than it should
    STUCK = "stuck"  # it should have gone on and did not
    UNTRUE = "untrue"  # two that must agree say different things


class Finding(NamedTuple):
    """One thing that is wrong, in a line without anybody's words."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def lost(what: str) -> Finding:
    return Finding(Kind.LOST, what)


def doubled(what: str) -> Finding:
    return Finding(Kind.DOUBLED, what)


def stuck(what: str) -> Finding:
    return Finding(Kind.STUCK, what)


def untrue(what: str) -> Finding:
    return Finding(Kind.UNTRUE, what)


def compare(what: str, owed: Iterable[Any], there: Iterable[Any]) -> list[Finding]:
    """Each that is owed is there once, and nothing else is."""
    due, found = Counter(map(str, owed)), Counter(map(str, there))
    return [
        *(lost(f"{what} {key}") for key in sorted(due - found)),
        *(doubled(f"{what} {key} ({found[key]} for {due[key]})") for key in sorted(found - due)),
    ]
