"""Names as people type and search them; who may interpret."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from shared.folding import SHORTEST_SKELETON, Folded, by_ear, consonants, fold

# Pieces of two and three letters: any part of a name is found, and no piece is a name.
SHORT, LONG = 2, 3
# A row of the index is made up to one of these numbers, so that their count does not tell how long a name is.
_COUNTS = tuple(32 << step for step in range(10))


class Interpreter(StrEnum):
    """Who may interpret for a person. Partner and family are never among them: they must be able to speak freely."""

    PROFESSIONAL = "professional"
    TELEPHONE_SERVICE = "telephone_service"
    STAFF = "staff"


def pieces(names: Iterable[str]) -> set[str]:
    """Everything a search may find these names by."""
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
    """What must be there for a search text: for each of its words one of several sets of pieces, whole."""
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
    """The words of a name; where Arabic or Hebrew is written apart or together as people like, also all as one."""
    words = fold(name)
    apart = len(words) > 1 and any(unicodedata.bidirectional(char) in ("R", "AL") for char in name)
    return [*words, *fold("".join(name.split()))] if apart else words


def _as_heard(word: str) -> list[set[str]]:
    """A word in Latin letters, for a name in others: its consonants, and its sounds."""
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
    """How many entries the index of one person has, when so many say something."""
    return next((room for room in _COUNTS if room >= count), count)


def _wanted(word: str) -> set[str]:
    """One letter finds only who is called by it alone: as a part of a name it would find nearly everybody."""
    if len(word) == 1:
        return {f"={word}"}
    return _pieces(word, min(len(word), LONG))


def _pieces(word: str, length: int) -> set[str]:
    return {word[at : at + length] for at in range(len(word) - length + 1)}


def _alone(word: str) -> set[str]:
    """A word of one letter, and each sign of a script in which one sign is a word."""
    return {f"={char}" for char in word if len(word) == 1 or unicodedata.east_asian_width(char) in ("W", "F")}
