"""Normalisation of the characters that people type for the letters and digits of a reference or a code. Pure."""

import unicodedata
from typing import Final

# Letters of a Cyrillic or Greek keyboard that look like the letters of a code.
_LOOK_ALIKE: Final = str.maketrans(
    "АВСЕНІЈКМОРЅТХУҮЗΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABCEH1JKM0PSTXYY3ABEZH1KMN0PTYX",
)


def plain(text: str) -> str:
    """Return the text in capital letters of one width, without invisible characters, each dash a hyphen."""
    return "".join(map(_char, unicodedata.normalize("NFKC", text))).upper().translate(_LOOK_ALIKE)


def _char(char: str) -> str:
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in ("Cf", "Mn"):
        return ""
    return "-" if category == "Pd" or char in "\u2212\u2043\u2022" else char
