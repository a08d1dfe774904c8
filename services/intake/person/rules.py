"""Rules of people: the search pieces of names, who may interpret, and whether a no is in force."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from shared.folding import SHORTEST_SKELETON, Folded, by_ear, consonants, fold

# Pieces of two and three letters: any part of a name is found, and no piece reveals a name.
SHORT, LONG = 2, 3
# The entries of a person are padded to one of these numbers, so that their count does not reveal the length of a name.
_COUNTS = tuple(32 << step for step in range(10))


class Interpreter(StrEnum):
    """Who may interpret for a person: never a partner or family, so that the person can speak freely."""

    PROFESSIONAL = "professional"
    TELEPHONE_SERVICE = "telephone_service"
    STAFF = "staff"


def pieces(names: Iterable[str]) -> set[str]:
    """Return every piece by which a search may find these names."""
    found: set[str] = set()
    for folded in (one for name in names for one in _whole(name)):
        for word in (*folded.forms, *folded.parts):
            found |= _pieces(word, SHORT) | _pieces(word, LONG) | _alone(word)
        for word in folded.sounds:
            found |= {f"^{piece}" for piece in _pieces(word, SHORT) | _pieces(word, LONG)}
        found.update(f"!{sign}" for sign in folded.signs)
        for bare in folded.skeletons:
            found.update(f"~{bare[:end]}" for end in range(SHORTEST_SKELETON, len(bare) + 1))
            found.add(f"~={bare}")
    return found


def sought(text: str) -> list[list[set[str]]]:
    """Return the pieces that a search text requires: for each word, alternative sets, one of which must match whole."""
    wanted: list[list[set[str]]] = []
    for folded in fold(text):
        ways = [_wanted(word) for word in folded.forms]
        if folded.forms:
            ways += _as_heard(folded.forms[0])
        if not folded.forms and folded.signs:
            ways = [{f"!{sign}" for sign in folded.signs}]
        if ways:
            wanted.append(ways)
    return wanted


def _whole(name: str) -> list[Folded]:
    """Fold the words of a name; in Arabic and Hebrew, where people join words or not, also the whole name as one."""
    words = fold(name)
    apart = len(words) > 1 and any(unicodedata.bidirectional(char) in ("R", "AL") for char in name)
    return [*words, *fold("".join(name.split()))] if apart else words


def _as_heard(word: str) -> list[set[str]]:
    """Return the alternatives by which a word in Latin letters finds a name in others: its consonants and sounds."""
    ways: list[set[str]] = []
    bare, sounds = consonants(word), by_ear(word)
    if len(bare) >= SHORTEST_SKELETON:
        ways.append({f"~{bare}"})
    elif bare and len(word) >= LONG:
        ways.append({f"~={bare}"})
    if len(sounds) >= LONG:
        ways.append({f"^{piece}" for piece in _pieces(sounds, LONG)})
    return ways


def room_for(count: int) -> int:
    """Return the padded number of index entries for `count` real ones."""
    return next((room for room in _COUNTS if room >= count), count)


def _wanted(word: str) -> set[str]:
    """Return the pieces of a search word. A single letter finds only a name of that letter, not nearly every name."""
    if len(word) == 1:
        return {f"={word}"}
    return _pieces(word, min(len(word), LONG))


def _pieces(word: str, length: int) -> set[str]:
    return {word[at : at + length] for at in range(len(word) - length + 1)}


def _alone(word: str) -> set[str]:
    """Return the pieces of single characters: a word of one letter, and each character of a script without letters."""
    return {f"={char}" for char in word if len(word) == 1 or unicodedata.east_asian_width(char) in ("W", "F")}


def no_in_force(said_no_at: datetime | None, until: datetime | None, now: datetime) -> bool:
    """Return whether a recorded no of a person is in force at `now`: until its date, or for good."""
    return said_no_at is not None and (until is None or now < until)
