"""What a directory must never show: places of safety, by their names, their kind, and their descriptions. Pure.

A name, an alternative name, a taxonomy term or a line of an address counts by one word. Running text needs a phrase: a
day centre may call itself "a refuge from the street". Accommodation that may be a place of safety is hidden until a
person shows it. Text is folded first, because feeds (and people who mean harm) write the same word in many ways.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from anyascii import anyascii

from shared.folding import LOOK_ALIKE, SAME

_LOOKS_LIKE = LOOK_ALIKE | str.maketrans("ıłøđħßæœ|", "ilodhsaol")
# Letters by their Unicode category, but used as apostrophes.
_APOSTROPHES = re.compile("[\u02b9-\u02bd\u02c8\ua78c\u055a\u05f3]")
# Digits in place of letters: "r3fuge". One may be an l or an i.
_FIGURES = tuple(str.maketrans("01345€$@", f"o{one}easesa") for one in "li")
_WITH_FIGURES = re.compile(r"(?=\S*[^\W\d_])\S*[\d€$@]\S*")
# Scripts that are written without blanks between words.
_NO_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u1100-\u11ff]")
_NOTHING_TO_SEE = re.compile("[\u3164\u115f\u1160\uffa0\u2800]")
_APART = re.compile(r"[\W_]+")
_LETTER_BY_LETTER = re.compile(r"\b(?:\w )+\w\b")


def folded(text: str) -> tuple[str, ...]:
    """Return the forms in which a text is searched.

    They hold letters and single blanks alone, without look-alikes and hidden marks.
    """
    text = _NOTHING_TO_SEE.sub("", unicodedata.normalize("NFKD", _APOSTROPHES.sub("'", text)))
    text = "".join(
        each for each in text if unicodedata.category(each) not in ("Cf", "Mn", "Me", "Cc") or each.isspace()
    )
    text = text.casefold().translate(SAME)
    alike = text.translate(_LOOKS_LIKE)
    if not text.isascii():
        alike = "".join(each if each.isascii() or _NO_BLANKS.match(each) else _latin(each) for each in alike)
    spelled = (_spelled(alike, figures) for figures in _FIGURES)
    forms: list[str] = []
    for each in dict.fromkeys((text, text.translate(_LOOKS_LIKE), alike, *spelled)):
        spaced = _APART.sub(" ", each).strip()
        # Marks between letters are ignored like a soft hyphen: "women's", "re.fuge", "safe-house".
        tight = _APART.sub(" ", re.sub(r"(?<=\w)[^\w\s]+(?=\w)", "", each.replace("_", " "))).strip()
        joined = _LETTER_BY_LETTER.sub(lambda found: found.group().replace(" ", ""), spaced)
        forms += [spaced, tight, joined]
    return tuple(dict.fromkeys(forms))


def _spelled(text: str, figures: dict[int, int]) -> str:
    return _WITH_FIGURES.sub(lambda found: found.group().translate(figures), text)


@cache
def _latin(letter: str) -> str:
    """Return a letter in the Latin letters that resemble it or sound like it."""
    return anyascii(letter).lower() if letter.isalpha() else letter


@cache
def _data() -> dict[str, Any]:
    return cast(
        "dict[str, Any]", json.loads((Path(__file__).parent / "places_of_safety.json").read_text(encoding="utf-8"))
    )


@cache
def _any_of(*phrases: str) -> re.Pattern[str]:
    words = dict.fromkeys(
        r"\s?".join(map(re.escape, form.split())) for phrase in phrases for form in folded(phrase) if form
    )
    within = [word for word in words if _NO_BLANKS.search(word)]
    alone = [word for word in words if word not in within]
    return re.compile(r"\b(?:" + "|".join(alone) + r")(?:s|es)?\b" + "".join(f"|{word}" for word in within))


@cache
def _harmless() -> re.Pattern[str]:
    """Match a wildlife refuge or a Refuge Road.

    No comma between the words, or they may be two lines of an address.
    """
    before, after = ("|".join(map(re.escape, _data()["harmless"][side])) for side in ("before", "after"))
    word = r"(?:refuges?|safe house|tearmann)"
    return re.compile(rf"\b(?:{before})(?: and animal)? {word}\b|\b{word} (?:{after})s?\b")


def _meets(forms: Iterable[str], phrases: Iterable[str]) -> bool:
    pattern = _any_of(*phrases)
    return any(pattern.search(form) for form in forms)


@cache
def _near(first: tuple[str, ...], second: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{_any_of(*first).pattern}(?: \\w+){{0,2}} {_any_of(*second).pattern}")


def rule_that_hides(
    names: Iterable[str | None], running: Iterable[str | None] = (), places: Iterable[str | None] = ()
) -> str | None:
    """Return the name of the rule that hides a service, or None.

    Judged are its names, its descriptions and its places.
    """
    of_names, of_running, of_places = (
        [form for text in texts if text for form in folded(_without_harmless(text))]
        for texts in (names, running, places)
    )
    for rule in _data()["rules"]:
        if _meets([*of_names, *of_places], rule["names"]) or _meets(
            [*of_names, *of_places, *of_running], rule["anywhere"]
        ):
            return str(rule["name"])
    unsure = _data()["unsure"]
    roof, firm, women = (tuple(unsure[each]) for each in ("roof", "firm_roof", "women"))
    said = [*of_names, *of_running]
    danger = _meets(said, unsure["danger"]) and _meets(said, unsure["accommodation"])
    for_women = any(_meets([form], women) and _meets([form], roof) for form in of_names) or any(
        _near(roof, women).search(form) or _near(women, firm).search(form) for form in of_running
    )
    alone = _meets(said, unsure["alone"])
    return str(unsure["name"]) if danger or for_women or alone else None


def in_address(text: str) -> str:
    """Set apart the words in an email or web address that state what kind of place it is."""
    words = "|".join(_data()["in_addresses"])
    return re.sub(rf"({words})(?!e)", r" \1 ", text.casefold())


def _without_harmless(text: str) -> str:
    return _harmless().sub(" ", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))
