"""Search forms of names: the spellings by which each word of a name is found from another keyboard.

`anyascii` transliterates every script into plain Latin letters. Arabic and Hebrew are written without most vowels, so
their words are also found by their consonants alone: "Muhammad" finds a name that was written in Arabic.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from anyascii import anyascii

# Digraphs typed for the letters of German, Nordic and Balkan names, besides the plain letter.
_PAIRS: Final = (
    str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "đ": "dj", "þ": "t", "ə": "a"}),
    str.maketrans({"ё": "йо"}),
)
# Letters of Arabic, Persian and Urdu keyboards that are used for one another.
SAME: Final = str.maketrans({"ك": "ک", "ي": "ی", "ى": "ی", "ة": "ه", "ہ": "ه", "ھ": "ه", "ـ": None})
# Letters of other scripts that look like Latin ones.
LOOK_ALIKE: Final = str.maketrans(
    "авсԁеёєғɡһіїјкӏмпорԛгѕтуѵѡхᴢαβγεηικνοπρτυχωաօսոցհ", "abcdeeefghiijklmnopqrstuvwxzabyenikvonptuxwaounch"
)
_VOWELS: Final = re.compile(r"[aeiouwy]|[^a-z]")
_TWICE: Final = re.compile(r"(.)\1+")
SHORTEST_SKELETON: Final = 3
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
# Scripts of India, Thailand, Tibet, Burma and Cambodia: vowels are unwritten, or marks that are not letters.
_UNVOWELLED: Final = ((0x0900, 0x0DFF), (0x0E00, 0x0EFF), (0x0F00, 0x109F), (0x1780, 0x17FF))
# The spellings by which people write one sound in Latin letters, each replaced by one of them.
_SOUNDS: Final = tuple(
    (re.compile(pattern), one)
    for pattern, one in (
        ("oy|ou|oo", "u"),
        ("ee", "i"),
        ("shch|sch|sh", "s"),
        ("ph", "f"),
        ("th", "t"),
        ("zh", "z"),
        ("tz|ts", "c"),
        ("dzh|dj|gj", "d"),
        ("kh|ch|gh|x", "h"),
        ("[qcg]", "k"),
        ("lj", "l"),
        ("nj", "n"),
        ("[yj]", "i"),
        ("w", "v"),
    )
)


@dataclass(frozen=True)
class Folded:
    """The search forms of one part of a name without blanks.

    `forms` are its spellings with all letters; `parts` the spellings of what lies between hyphens and apostrophes;
    `signs` the characters that are not letters; `skeletons` the consonants, for scripts written without vowels;
    `sounds` the spellings by ear, for names in other letters than Latin.
    """

    forms: tuple[str, ...]
    parts: tuple[str, ...]
    signs: tuple[str, ...]
    skeletons: tuple[str, ...]
    sounds: tuple[str, ...]


def fold(name: str) -> list[Folded]:
    """Fold each part of a name between blanks."""
    visible = "".join(map(_visible, unicodedata.normalize("NFKC", name)))
    return [_fold(chunk) for chunk in visible.split()]


def consonants(word: str) -> str:
    """Return the consonants of a word in Latin letters, doubled ones once: the word as Arabic or Hebrew writes it."""
    for written, one in (("ch", "h"), ("kh", "h"), ("tz", "ts"), ("sh", "s"), ("q", "k"), ("g", "k"), ("ph", "f")):
        word = word.replace(written, one)
    bare = _TWICE.sub(r"\1", _VOWELS.sub("", word))
    return bare.rstrip("h") or bare  # "Sarah" is spelt with a final h and without


def by_ear(word: str) -> str:
    """Reduce a word in Latin letters to one letter for each sound, however the sound is spelt."""
    for pattern, one in _SOUNDS:
        word = pattern.sub(one, word)
    return _TWICE.sub(r"\1", word)


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
    # An emoji is also found by its name: a fox by "fox".
    words = re.findall(r"[a-z0-9]+", " ".join(anyascii(char).lower() for char in chunk if _picture(char)))
    signs = [char for char in chunk if not forms or _picture(char)]
    signs = [sign for sign in signs if ord(sign) not in _SKIN_TONES] or signs
    foreign = [char for char in chunk if not char.isascii() and "LATIN" not in unicodedata.name(char, "LATIN")]
    if "".join(parts).startswith("ال") and len(chunk) > 4:
        in_parts += _forms("".join(parts)[2:])  # an article: Rahman of al-Rahman
    return Folded(
        forms=forms,
        parts=tuple(dict.fromkeys([*in_parts, *words])),
        signs=tuple(dict.fromkeys(signs)),
        skeletons=_skeletons("".join(parts)) if any(map(_unvowelled, chunk)) else (),
        sounds=tuple(dict.fromkeys(by_ear(form) for form in forms if form.isascii())) if forms and foreign else (),
    )


def _unvowelled(char: str) -> bool:
    written = unicodedata.bidirectional(char) in ("R", "AL")
    return written or any(first <= ord(char) <= last for first, last in _UNVOWELLED)


def _skeletons(word: str) -> tuple[str, ...]:
    """Return the consonants of an unvowelled word, in each pronunciation: some letters have two sounds, or none."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", word) if _spacing(char))
    said = {bare.replace("ة", "")}
    said |= {each.replace("ض", "ز").replace("ظ", "ز") for each in said}
    said |= {each.replace("ו", "") for each in said}
    said |= {each.removeprefix("ال") for each in said if len(each) > 4}
    return tuple(sorted({found for each in said if (found := consonants(_latin(each)))}))


def _forms(word: str) -> tuple[str, ...]:
    """Return the word in plain Latin letters, in its own script, and with the German and Nordic digraphs."""
    if not word:
        return ()
    small = word.casefold()
    spaced = "".join(char for char in unicodedata.normalize("NFKD", small) if _spacing(char))
    own = unicodedata.normalize("NFC", spaced.translate(SAME))
    composed = unicodedata.normalize("NFC", small)
    others = [_latin(composed.translate(pairs)) for pairs in _PAIRS]
    if any(char.isascii() for char in spaced) and not spaced.isascii():
        others.append(_latin(spaced.translate(LOOK_ALIKE)))  # one letter of another keyboard in a Latin word
    return tuple(dict.fromkeys(form for form in (_latin(word), own, *others) if form))


def _latin(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(word).lower())


def _spacing(char: str) -> bool:
    return unicodedata.category(char) != "Mn"


def _picture(char: str) -> bool:
    return unicodedata.category(char) == "So"
