"""Text that people type: normalised, trimmed, free of characters that break a database or fool a reader.

``<`` and ``>`` are kept: markup is made harmless where it is shown, not where it is stored.
"""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME_LENGTH: Final = 120
LINE_LENGTH: Final = 200
TEXT_LENGTH: Final = 4000

# Every way to end a line or page: of old and new systems, Word's break within a paragraph, what chats copy.
_BREAK: Final = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
# Embeddings, overrides and isolates make a line read as something it is not (Trojan Source, CVE-2021-42574). Telephone
# numbers and chats carry them along unseen. The plain marks (U+200E, U+200F, U+061C) are ordinary in Arabic and Hebrew.
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters by their category that leave nothing to see: fillers of Hangul and Khmer, the blank of Braille, a joiner.
_FILLERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")
_VIRAMA: Final = 9
_TAGS: Final = range(0xE0000, 0xE0080)
# What a file begins with, and marks of formulas and annotations that come along with what is copied.
_RIDERS: Final = frozenset("\ufeff\u2060\u2061\u2062\u2063\u2064\ufff9\ufffa\ufffb")
_FLAG: Final = "\U0001f3f4"
# More marks on one letter than any script has.
_MOST_MARKS: Final = 8
# Between letters of some scripts and parts of one emoji these two mean something; at an edge they do not.
_JOINERS: Final = "\u200c\u200d"
# What Word's symbol font puts at the beginning of a list.
_BULLETS: Final = str.maketrans({"\uf0b7": "\u2022", "\uf0a7": "\u2022", "\uf0d8": "\u2022"})


def clean(value: str, longest: int, *, lines: bool = False) -> str:
    """Normalise (NFC) and trim; every kind of break becomes LF where lines are allowed, and a blank where not.

    What nobody typed and nobody can see (control characters, marks that turn the reading direction, halves of
    characters) is left out. Raises PydanticCustomError (a ValueError) of type ``text_blank`` or ``text_too_long``;
    none repeats the text.
    """
    value = pasted(value)
    value = unicodedata.normalize("NFC", value if lines else value.replace("\n", " ")).strip()
    if not any(map(_seen, value)):
        raise PydanticCustomError("text_blank", "must not be empty")
    if len(value) > longest:
        raise PydanticCustomError("text_too_long", "must be at most {longest} characters", {"longest": longest})
    return value


def pasted(value: str) -> str:
    """Make every kind of break a LF and leave out what rides along unseen; nothing that was typed is lost."""
    value = _BREAK.sub("\n", value).replace("\t", " ").translate(_BULLETS)
    kept: list[str] = []
    marks = 0
    for char in value:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        # Tags mean something behind a flag alone (that of Wales), and elsewhere hide what is written.
        stray = ord(char) in _TAGS and not (kept and (kept[-1] == _FLAG or ord(kept[-1]) in _TAGS))
        if char == "\n" or not (_dropped(char) or stray or marks > _MOST_MARKS):
            kept.append(char)
    return "".join(kept)


def clean_name(value: str, longest: int = NAME_LENGTH) -> str:
    """Clean what a human or a place is called. Two names that look the same are the same, and none looks empty.

    Raises PydanticCustomError of type ``text_invisible`` for what no keyboard writes and nobody sees.
    """
    if any(char in _BIDI or char in _FILLERS or ord(char) in _TAGS or _private(char) for char in value):
        raise PydanticCustomError(
            "text_invisible",
            "holds characters that cannot be seen or that change the reading direction; type it without them",
        )
    value = "".join(char for char in value if unicodedata.category(char) != "Cf" or char in _JOINERS)
    value = value.lstrip(_JOINERS)
    bare = value.rstrip(_JOINERS)
    # Behind a virama a joiner is a part of the last letter, as Malayalam wrote it.
    ends = value[len(bare) : len(bare) + 1] if bare and unicodedata.combining(bare[-1]) == _VIRAMA else ""
    return " ".join(clean(bare + ends, longest).split())


def _dropped(char: str) -> bool:
    code = ord(char)
    non_character = (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return non_character or char in _BIDI or char in _RIDERS or unicodedata.category(char) in ("Cc", "Cs")


def _seen(char: str) -> bool:
    hidden = char in _FILLERS or 0xFE00 <= ord(char) <= 0xFE0F
    return not hidden and char != "\n" and unicodedata.category(char) not in ("Cf", "Zs", "Mn", "Me")


def _private(char: str) -> bool:
    return unicodedata.category(char) == "Co"


def _name(value: str) -> str:
    return clean_name(value)


def _line(value: str) -> str:
    return clean(value, LINE_LENGTH)


def _text(value: str) -> str:
    return clean(value, TEXT_LENGTH, lines=True)


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH})
]
Line = Annotated[
    str, AfterValidator(_line), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LINE_LENGTH})
]
Text = Annotated[
    str, AfterValidator(_text), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH})
]
