"""Names as people type and search them; who may interpret."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

# One letter as the beginning of a name would sort everybody into 26 heaps that can be told by their size.
SHORTEST_PREFIX = 2
LONGEST_PREFIX = 12

_WORD = re.compile(r"\w+")


class Interpreter(StrEnum):
    """Who may interpret for him. Partner and family are never among them (trust: he must be able to speak freely)."""

    PROFESSIONAL = "professional"
    TELEPHONE_SERVICE = "telephone_service"
    STAFF = "staff"


def words(name: str) -> list[str]:
    """The words of a name without case and accents: "José  O'Neill" gives jose, o, neill."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def beginnings(names: Iterable[str]) -> set[str]:
    """Everything a search may find these names by: the beginnings of each word."""
    found: set[str] = set()
    for name in names:
        for word in words(name):
            found.add(word[:LONGEST_PREFIX])
            found.update(word[:end] for end in range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX)))
    return found


def sought(text: str) -> list[str]:
    """The beginnings that must all be there for a search text."""
    return [word[:LONGEST_PREFIX] for word in words(text)]
