"""The words that people read: docs/terms.md as rules, and what a text breaks of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TERMS = Path(__file__).parent.parent / "docs" / "terms.md"
# A code of ours (`did_not_come`), where there should be words.
CODE = re.compile(r"(?<![\w/.@=-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/.@=-])")


@dataclass(frozen=True)
class Rule:
    """A word or phrase that no page says, and what it says instead."""

    pattern: re.Pattern[str]
    instead: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of both tables of docs/terms.md."""
    found: list[Rule] = []
    for head, rows in _tables():
        for row in rows:
            instead, unwanted = (row[0], row[2].split(", ")) if head[0] == "term" else (row[1], [row[0]])
            found += [Rule(_pattern(one), instead) for one in unwanted if one]
    return tuple(found)


def faults(text: str, *, codes: bool = True) -> list[str]:
    """Return what a text says that docs/terms.md has another word for, and any code of ours."""
    flat = " ".join(text.replace("\u2019", "'").split())
    found = [f"{hit[0]!r}: {rule.instead}" for rule in rules() for hit in rule.pattern.finditer(flat)]
    return [*found, *(f"{hit[0]!r}: a code" for hit in CODE.finditer(flat))] if codes else found


def of_all(texts: Iterable[tuple[str, str]], *, codes: bool = True) -> list[str]:
    """Return one line for each fault of several texts, each with its place."""
    return [f"{place}: {fault} in {text[:90]!r}" for place, text in texts for fault in faults(text, codes=codes)]


def _pattern(words: str) -> re.Pattern[str]:
    # A phrase that begins with a capital is what a page said; in the middle of a sentence it may be small.
    return re.compile(rf"(?<![\w-]){re.escape(words)}(?![\w-])", re.IGNORECASE)


def _tables() -> Iterable[tuple[list[str], list[list[str]]]]:
    lines = TERMS.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines):
        if line.startswith("| ---"):
            rows: list[list[str]] = []
            for row in lines[number + 1 :]:
                if not row.startswith("|"):
                    break
                rows.append(_cells(row))
            yield _cells(lines[number - 1]), rows


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
