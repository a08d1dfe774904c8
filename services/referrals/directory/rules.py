"""Pure decisions about the directory: which pathway a service belongs to, whom to write to, whether it is open."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

PATHWAYS = ("tb", "sau", "dosh", "hiv", "hepatitis_c", "housing", "gp", "hospital", "legal")

# A publisher may say the pathway itself: a taxonomy term of this taxonomy whose code or name is one of PATHWAYS.
PATHWAY_TAXONOMY = "alongside-pathway"


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


# What a status says of a service that is not open; also read by the database.
SHUT = (
    "defunct|inactive|closed|closing|shut|ceased|ended|discontinued|suspended|paused|archived|expired|withdrawn|dormant|"
    "dissolved|disbanded|cancelled|deleted|unavailable|stopped|merged|not|no longer|on hold"
)
_SHUT = re.compile(rf"\b(?:{SHUT})\b", re.IGNORECASE)


def shut_because(status: str, opens: date | None, closes: date | None, *, left: bool, today: date) -> str | None:
    """Why a service is not offered today, in words; None when it is open."""
    if _SHUT.search(status.replace("_", " ")):
        return f"closed: its source says {status!r}"
    if left:
        return "closed: its source lists it no longer"
    if closes is not None and closes < today:
        return f"closed: its dates ended on {closes.day} {closes:%B %Y}"
    if opens is not None and opens > today:
        return f"not open until {opens.day} {opens:%B %Y}"
    return None


def same_name(text: str) -> str:
    """A name as two publishers would write it alike."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    text = re.sub(r"\((?:synthetic|uk|ltd|limited)\)", " ", text)
    text = "".join(each for each in text if not unicodedata.combining(each) and each not in "'\u2019")
    words = re.sub(r"[\W_]+", " ", text).split()
    return " ".join(word for word in words if word not in ("the", "and", "ltd", "limited", "cic", "cio", "of"))


def may_propose(teams: set[UUID], stake: set[UUID]) -> bool:
    """Whether somebody of these teams may propose a change: one with referrals open there, where any team has some."""
    return not stake or bool(teams & stake)


def may_confirm(teams: set[UUID], proposed: set[UUID], stake: set[UUID]) -> bool:
    """Whether somebody else, of `teams`, may confirm what somebody of `proposed` did: of a team with a stake, and of
    another one than theirs where there is one.
    """
    return not stake or bool(teams & to_ask(proposed, stake))


def to_ask(proposed: set[UUID], stake: set[UUID]) -> set[UUID]:
    """The teams whose word a change waits for: others with a stake, and the one that proposed it where it is alone."""
    return stake - proposed or stake
