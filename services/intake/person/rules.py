"""Names as people type and search them; who may interpret."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from shared.folding import SHORTEST_SKELETON, consonants, fold

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
    for folded in (one for name in names for one in fold(name)):
        for word in (*folded.forms, *folded.parts):
            found |= _pieces(word, SHORT) | _pieces(word, LONG) | _alone(word)
        found.update(f"!{sign}" for sign in folded.signs)
        if folded.skeleton:
            found.update(f"~{folded.skeleton[:end]}" for end in range(SHORTEST_SKELETON, len(folded.skeleton) + 1))
    return found


def sought(text: str) -> list[list[set[str]]]:
    """What must be there for a search text: for each of its words one of several sets of pieces, whole."""
    wanted: list[list[set[str]]] = []
    for folded in fold(text):
        ways = [_wanted(word) for word in folded.forms]
        skeleton = consonants(folded.forms[0]) if folded.forms else ""
        if len(skeleton) >= SHORTEST_SKELETON:
            ways.append({f"~{skeleton}"})
        if not folded.forms and folded.signs:
            ways = [{f"!{sign}" for sign in folded.signs}]
        if ways:
            wanted.append(ways)
    return wanted


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
