"""Pure decisions about the directory: what is never shown, and which pathway a service belongs to."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast

PATHWAYS = ("tb", "sau", "dosh", "hiv", "hepatitis_c", "housing", "gp", "hospital", "legal")

# A publisher may say the pathway itself: a taxonomy term of this taxonomy whose code or name is one of PATHWAYS.
PATHWAY_TAXONOMY = "alongside-pathway"


@cache
def _never_show() -> list[tuple[str, re.Pattern[str]]]:
    body = json.loads((Path(__file__).parent / "never_show.json").read_text(encoding="utf-8"))
    rules = cast("list[dict[str, object]]", body["rules"])
    return [(str(rule["name"]), _any_of(cast("list[str]", rule["words"]))) for rule in rules]


def _any_of(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def never_show_rule(texts: Iterable[str | None]) -> str | None:
    """The name of the never-show rule that any of these texts meets, or None."""
    said = "\n".join(text for text in texts if text).replace("\u2019", "'")
    return next((name for name, words in _never_show() if words.search(said)), None)


_TAKES_REFERRALS = re.compile(
    r"\b(?:referrals?|intake|admissions?|duty|triage|single point of access|front door)\b", re.I
)
_DOES_NOT = re.compile(
    r"\b(?:press|media|communications?|marketing|fundrais\w+|donat\w+|complaints?|finance|accounts?|human resources|hr|"
    r"recruit\w+|jobs|web\s?master|data protection|trustees?|governance)\b",
    re.I,
)


def role_rank(role: str) -> int:
    """Whom of several contacts to write to: -1 who takes referrals, 1 who deals with something else, 0 anybody."""
    return 1 if _DOES_NOT.search(role) else -1 if _TAKES_REFERRALS.search(role) else 0


def pathway_of(terms: Iterable[tuple[str, str]]) -> str | None:
    """The pathway named by a (taxonomy, term) pair of `PATHWAY_TAXONOMY`, or None."""
    return next((term for taxonomy, term in terms if taxonomy == PATHWAY_TAXONOMY and term in PATHWAYS), None)
