"""What a mail is to us. Pure."""

import re
from enum import StrEnum

from shared.ids import CROCKFORD, REFERENCE_LENGTH

MOST_REFERENCES = 200

_WORD = re.compile(r"[0-9A-Za-z]+")
_LETTERS = frozenset(CROCKFORD)


class Status(StrEnum):
    """What became of a mail (see `models.Mail`). Nothing is kept of one that is ignored: an automatic answer."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    BOUNCE = "bounce"
    IGNORED = "ignored"


def references(text: str) -> list[str]:
    """What could be references of ours, in order, each once."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text):
        meant = word.upper()
        if len(meant) == REFERENCE_LENGTH and _LETTERS.issuperset(meant):
            found[meant] = None
            if len(found) == MOST_REFERENCES:
                break
    return list(found)


def own_words(text: str) -> str:
    """What the writer wrote, without the lines quoted from us."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))


def bounces(*, answers_ours: bool, report: bool, failed: str | None, daemon: bool) -> bool:
    """Whether this tells us for good that a message of ours never arrived.

    A report must say *failed*; a *delayed* one is no bounce. Without a report only a mail system speaking of exactly
    our Message-ID is believed, which nobody knows but the agency.
    """
    if not answers_ours:
        return False
    return failed is not None if report else daemon
