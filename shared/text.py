"""Text that people type: normalised, trimmed, free of characters that break a database or fool a reader.

``<`` and ``>`` are kept: markup is made harmless where it is shown, not where it is stored.
"""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME_LENGTH: Final = 120
LINE_LENGTH: Final = 200
TEXT_LENGTH: Final = 4000

# Embeddings, overrides and isolates make a line read as something it is not (Trojan Source, CVE-2021-42574).
# The plain marks (U+200E, U+200F, U+061C) are ordinary in Arabic and Hebrew and stay.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _refused(char: str, *, lines: bool) -> bool:
    if char == "\n":
        return not lines
    code = ord(char)
    non_character = (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return non_character or char in _BIDI or unicodedata.category(char) in _REFUSED_CATEGORIES


def clean(value: str, longest: int, *, lines: bool = False) -> str:
    """Normalise (NFC) and trim; line ends become LF where lines are allowed.

    Raises PydanticCustomError (a ValueError) of type ``text_characters``, ``text_blank`` or
    ``text_too_long``; none repeats the text.
    """
    if lines:
        value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if any(_refused(char, lines=lines) for char in value):
        raise PydanticCustomError(
            "text_characters",
            "must not hold control characters or characters that change the reading direction",
        )
    value = unicodedata.normalize("NFC", value).strip()
    if not any(unicodedata.category(char) not in ("Cf", "Zs") and char != "\n" for char in value):
        raise PydanticCustomError("text_blank", "must not be empty")
    if len(value) > longest:
        raise PydanticCustomError("text_too_long", "must be at most {longest} characters", {"longest": longest})
    return value


def _name(value: str) -> str:
    return clean(value, NAME_LENGTH)


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
