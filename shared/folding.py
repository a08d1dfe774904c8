"""Names as somebody may type them who has another keyboard: the forms by which each word of a name is found.

`anyascii` writes every script in plain Latin letters. Arabic and Hebrew are written without most vowels, so their words
are also found by the consonants alone: "Muhammad" finds a name that was written in Arabic.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from anyascii import anyascii

# What a German or Nordic name is typed as without its marks, besides the plain letter.
_PAIRS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
# Letters of Arabic and Persian keyboards that stand for each other.
_SAME: Final = str.maketrans({"ك": "ک", "ي": "ی", "ى": "ی", "ة": "ه", "ـ": None})
_VOWELS: Final = re.compile(r"[aeiouwy]|[^a-z]")
_TWICE: Final = re.compile(r"(.)\1+")
SHORTEST_SKELETON: Final = 3
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True)
class Folded:
    """One stretch of a name without blanks.

    `forms` are all its letters, as different people type them; `parts` those between hyphens and apostrophes; `signs`
    what is no letter; `skeleton` the consonants, where vowels are not written.
    """

    forms: tuple[str, ...]
    parts: tuple[str, ...]
    signs: tuple[str, ...]
    skeleton: str | None


def fold(name: str) -> list[Folded]:
    """Fold each stretch of a name that stands between blanks."""
    visible = "".join(map(_visible, unicodedata.normalize("NFKC", name)))
    return [_fold(chunk) for chunk in visible.split()]


def consonants(word: str) -> str:
    """The consonants of a word in Latin letters, each once in a row: what is left of it in Arabic or Hebrew."""
    return _TWICE.sub(r"\1", _VOWELS.sub("", word))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Cc", "Cs") or 0xFE00 <= ord(char) <= 0xFE0F:
        return " " if char.isspace() else ""
    return "-" if category == "Pd" else char


def _fold(chunk: str) -> Folded:
    letters = [char if unicodedata.category(char)[0] in "LNM" else " " for char in chunk]
    parts = "".join(letters).split()
    forms = _forms("".join(parts))
    in_parts = [form for part in parts for form in _forms(part)] if len(parts) > 1 else []
    # The words of a picture are found too: a fox by "fox".
    words = re.findall(r"[a-z0-9]+", " ".join(anyascii(char).lower() for char in chunk if _picture(char)))
    signs = [char for char in chunk if not forms or _picture(char)]
    signs = [sign for sign in signs if ord(sign) not in _SKIN_TONES] or signs
    unvowelled = any(unicodedata.bidirectional(char) in ("R", "AL") for char in chunk)
    skeleton = consonants(forms[0]) if forms and unvowelled else ""
    return Folded(
        forms=forms,
        parts=tuple(dict.fromkeys([*in_parts, *words])),
        signs=tuple(dict.fromkeys(signs)),
        skeleton=skeleton if len(skeleton) >= SHORTEST_SKELETON else None,
    )


def _forms(word: str) -> tuple[str, ...]:
    """The word in plain letters first, then as its own script has it, then with the pairs of German and Nordic."""
    if not word:
        return ()
    small = word.casefold().translate(_SAME)
    own = unicodedata.normalize("NFC", "".join(char for char in unicodedata.normalize("NFKD", small) if _spacing(char)))
    paired = unicodedata.normalize("NFC", small).translate(_PAIRS)
    return tuple(dict.fromkeys(form for form in (_latin(word), own, _latin(paired)) if form))


def _latin(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(word).lower())


def _spacing(char: str) -> bool:
    return unicodedata.category(char) != "Mn"


def _picture(char: str) -> bool:
    return unicodedata.category(char) == "So"
