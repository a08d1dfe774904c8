"""Parsing of references and codes that people have written down, typed or pasted.

A reference is printed as eight letters of Crockford's base 32. People return it from a phone call, in small letters,
in groups, with a word processor's dash, with o for 0 and l for 1, in full width, or from a keyboard whose A is
Cyrillic. All of these forms are accepted; nothing else is guessed.
"""

import re
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.ids import CROCKFORD, REFERENCE_LENGTH
from shared.typed import plain

_LETTERS: Final = frozenset(CROCKFORD)
_MISHEARD: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_WORD: Final = re.compile(r"[0-9A-Z]+")
_EDGES: Final = " \t\n.,;:!?-_/\\#*'\"`()[]{}<>|=~·«»‹›“”„‘’‚"
_LABEL: Final = re.compile(r"\b(?:THE |OUR |YOUR |MY )?(?:REFERENCE|REF|CODE)(?: NUMBER| NO| IS)?[\s.:#=-]+")
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9])")


def as_meant(given: str, length: int = REFERENCE_LENGTH) -> str | None:
    """Parse one typed reference or code of this length; return None when it cannot be one."""
    typed = plain(given).strip(_EDGES).replace("|", "1")
    # As it stands first: "REF" and "REFERENCE" are themselves made of letters that a code may have.
    return _of_length(typed, length) or _of_length(_LABEL.sub("", typed, count=1), length)


def _of_length(typed: str, length: int) -> str | None:
    meant = "".join(_WORD.findall(typed)).translate(_MISHEARD)
    if len(meant) != length or not _LETTERS.issuperset(meant):
        return None
    # Characters between the letters may only be separators: "1/2/2027 AB" is no code.
    return meant if not re.search(r"[^0-9A-Z\s\-._·,:~]", typed) else None


def token_as_pasted(given: str) -> str | None:
    """Find the token in a pasted link, which may be damaged; return None when there is none.

    The link may be followed by a full stop, an angle bracket or an encoded blank, have its # encoded, or be wrapped
    in the address of a mail filter.
    """
    given = _unescaped(given)
    found = _TOKEN.search(given.rpartition("#")[2]) or _TOKEN.search(given)
    return found.group() if found else None


def _unescaped(text: str) -> str:
    """Decode percent-encoding, also where filters have applied it two or three times."""
    for _ in range(4):
        plain = unquote(text)
        if plain == text:
            break
        text = plain
    return text


def _reference(value: str) -> str:
    meant = as_meant(value)
    if meant is None:
        raise PydanticCustomError("reference", "a reference has 8 letters and digits")
    return meant


Reference = Annotated[
    str,
    AfterValidator(_reference),
    WithJsonSchema({"type": "string", "example": "7K2M9QXW"}),
]
"""A reference in a request body, in any form that `as_meant` parses."""
