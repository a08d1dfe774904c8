"""The findings of the independent check."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """The kinds of findings."""

    LOST = "lost"  # accepted or recorded, but missing where it must be
    DOUBLED = "doubled"  # happened more often than it should
    STUCK = "stuck"  # should have gone on and did not
    UNTRUE = "untrue"  # two records that must agree differ


class Finding(NamedTuple):
    """One finding, in a line without free text."""

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
    """Check that each owed item is there once, and nothing else; return what is lost or doubled."""
    due, found = Counter(map(str, owed)), Counter(map(str, there))
    return [
        *(lost(f"{what} {key}") for key in sorted(due - found)),
        *(doubled(f"{what} {key} ({found[key]} for {due[key]})") for key in sorted(found - due)),
    ]
