"""Text that people type: normalised, trimmed, free of characters that break a database or deceive a reader.

``<`` and ``>`` are kept: markup is escaped where it is shown, not where it is stored.
"""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME_LENGTH: Final = 120
LINE_LENGTH: Final = 200
TEXT_LENGTH: Final = 4000

# Every line and page break: of old and new systems, Word's break within a paragraph, those copied from chats.
_BREAK: Final = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
# Embeddings, overrides and isolates change how a line reads (Trojan Source, CVE-2021-42574). Copied telephone numbers
# and chats contain them unseen. The plain marks (U+200E, U+200F, U+061C) are ordinary in Arabic and Hebrew.
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible characters whose category is that of a letter: fillers of Hangul and Khmer, the blank of Braille, a joiner.
_FILLERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")
_VIRAMA: Final = 9
_TAGS: Final = range(0xE0000, 0xE0080)
# Byte order marks, and invisible marks of formulas and annotations that are copied together with text.
_RIDERS: Final = frozenset("\ufeff\u2060\u2061\u2062\u2063\u2064\ufff9\ufffa\ufffb")
_FLAG: Final = "\U0001f3f4"
# More marks on one letter than any script has.
_MOST_MARKS: Final = 8
# These two have a meaning between letters of some scripts and parts of one emoji; at an edge they have none.
_JOINERS: Final = "\u200c\u200d"
# List bullets of Word's symbol font.
_BULLETS: Final = str.maketrans({"\uf0b7": "\u2022", "\uf0a7": "\u2022", "\uf0d8": "\u2022"})


def clean(value: str, longest: int, *, lines: bool = False) -> str:
    """Normalise (NFC) and trim; every kind of break becomes LF where lines are allowed, and a blank where not.

    Invisible characters that nobody types (control characters, marks that change the reading direction, halves of
    characters) are removed. Raise PydanticCustomError (a ValueError) of type ``text_blank`` or ``text_too_long``;
    its message never repeats the text.
    """
    value = pasted(value)
    value = unicodedata.normalize("NFC", value if lines else value.replace("\n", " ")).strip()
    if not any(map(_seen, value)):
        raise PydanticCustomError("text_blank", "must not be empty")
    if len(value) > longest:
        raise PydanticCustomError("text_too_long", "must be at most {longest} characters", {"longest": longest})
    return value


def pasted(value: str) -> str:
    """Replace every kind of break by LF and remove invisible characters; everything that was typed is kept."""
    value = _BREAK.sub("\n", value).replace("\t", " ").translate(_BULLETS)
    kept: list[str] = []
    marks = 0
    for char in value:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        # Tag characters have a meaning only after a flag (as in that of Wales), and elsewhere hide text.
        stray = ord(char) in _TAGS and not (kept and (kept[-1] == _FLAG or ord(kept[-1]) in _TAGS))
        if char == "\n" or not (_dropped(char) or stray or marks > _MOST_MARKS):
            kept.append(char)
    return "".join(kept)


def clean_name(value: str, longest: int = NAME_LENGTH) -> str:
    """Clean the name of a person or place, so that names that look the same are equal and none looks empty.

    Raise PydanticCustomError of type ``text_invisible`` for invisible characters that no keyboard writes.
    """
    if any(char in _BIDI or char in _FILLERS or ord(char) in _TAGS or _private(char) for char in value):
        raise PydanticCustomError(
            "text_invisible",
            "holds characters that cannot be seen or that change the reading direction; type it without them",
        )
    value = "".join(char for char in value if unicodedata.category(char) != "Cf" or char in _JOINERS)
    value = value.lstrip(_JOINERS)
    bare = value.rstrip(_JOINERS)
    # After a virama a joiner belongs to the last letter, as in older Malayalam spelling.
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
