"""What a directory must never show: places of safety, by their names, their kind, and what is said of them. Pure.

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

# Letters of other scripts that look like Latin ones.
_LOOKS_LIKE = str.maketrans(
    "авсԁеёғɡһіїјкӏмпорԛгѕтуѵѡхᴢαβγεηικνοπρτυχωաօսոցհ" + "ıłøđħßæœ|",
    "abcdeefghiijklmnopqrstuvwxzabyenikvonptuxwaounch" + "ilodhsaol",
)
_NOTHING_TO_SEE = re.compile("[\u3164\u115f\u1160\uffa0\u2800]")
_APART = re.compile(r"[\W_]+")
_LETTER_BY_LETTER = re.compile(r"\b(?:\w )+\w\b")


def folded(text: str) -> tuple[str, ...]:
    """The forms in which a text is searched: letters and single blanks alone, look-alikes and hidden marks gone."""
    text = _NOTHING_TO_SEE.sub("", unicodedata.normalize("NFKD", text))
    text = "".join(
        each for each in text if unicodedata.category(each) not in ("Cf", "Mn", "Me", "Cc") or each.isspace()
    )
    forms: list[str] = []
    for each in (text.casefold(), text.casefold().translate(_LOOKS_LIKE)):
        spaced = _APART.sub(" ", each).strip()
        # Marks between letters are no more there than a soft hyphen: "women's", "re.fuge", "safe-house".
        tight = _APART.sub(" ", re.sub(r"(?<=\w)[^\w\s]+(?=\w)", "", each.replace("_", " "))).strip()
        joined = _LETTER_BY_LETTER.sub(lambda found: found.group().replace(" ", ""), spaced)
        forms += [spaced, tight, joined]
    return tuple(dict.fromkeys(forms))


@cache
def _data() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((Path(__file__).parent / "never_show.json").read_text(encoding="utf-8")))


@cache
def _any_of(*phrases: str) -> re.Pattern[str]:
    words = (r"\s?".join(map(re.escape, phrase.split())) for form in phrases for phrase in folded(form))
    return re.compile(r"\b(?:" + "|".join(dict.fromkeys(words)) + r")(?:s|es)?\b")


def _meets(forms: Iterable[str], phrases: Iterable[str]) -> bool:
    pattern = _any_of(*phrases)
    return any(pattern.search(form) for form in forms)


@cache
def _near(first: tuple[str, ...], second: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{_any_of(*first).pattern}(?: \\w+){{0,2}} {_any_of(*second).pattern}")


def never_show_rule(
    names: Iterable[str | None], running: Iterable[str | None] = (), places: Iterable[str | None] = ()
) -> str | None:
    """The name of the rule that keeps something out of sight, by its names, what is said of it and where it is; None
    when none does.
    """
    of_names, of_running, of_places = (
        [form for text in texts if text for form in folded(text)] for texts in (names, running, places)
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
    return str(unsure["name"]) if danger or for_women else None
