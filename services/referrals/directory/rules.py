"""Pure decisions about the directory: which pathway a service belongs to, whom to write to, whether it is open."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

PATHWAYS = ("tb", "sau", "dosh", "hiv", "hepatitis_c", "housing", "gp", "hospital", "legal")

# A publisher may name the pathway: a taxonomy term of this taxonomy whose code or name is one of PATHWAYS.
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
    """Rank a contact as an addressee: -1 takes referrals, 1 deals with something else, 0 anybody."""
    return 1 if _DOES_NOT.search(role) else -1 if _TAKES_REFERRALS.search(role) else 0


def pathway_of(terms: Iterable[tuple[str, str]]) -> str | None:
    """Return the pathway named by a (taxonomy, term) pair of `PATHWAY_TAXONOMY`, or None."""
    return next((term for taxonomy, term in terms if taxonomy == PATHWAY_TAXONOMY and term in PATHWAYS), None)


# Words in the status of a service that is not open; also matched by the database, with marks between words as blanks.
SHUT = (
    "defunct|in ?active|inaktiv|non ?active|de ?activated|disabled|retired|obsolete|terminated|decommissioned|removed|"
    "closed|closing|shut|ceased|ended|finished|dead|discontinued|suspended|paused|archived|expired|withdrawn|dormant|"
    "dissolved|disbanded|wound up|winding up|liquidation|in administration|struck off|cancell?ed|deleted|unavailable|"
    "out of service|out of use|stopped|merged|replaced|superseded|draft|unpublished|rejected|pending|planned|proposed|"
    "not|no longer|on hold"
)
_SHUT = re.compile(rf"\b(?:{SHUT})\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:active|aktiv|open|live|current|operational|available|published|running|accepting|enabled|approved|verified|"
    r"confirmed|normal|unknown|reopened|re opened|activated|ok)\b",
    re.IGNORECASE,
)
_YES, _NO = frozenset({"1", "true", "yes", "y", "on"}), frozenset({"0", "false", "no", "n", "off"})
BETWEEN_WORDS = "_-"
_BLANKS = str.maketrans(dict.fromkeys(BETWEEN_WORDS, " "))


def status_as_said(given: object) -> str | None:
    """Return a status as plain words, whatever type a publisher gives it; None when it is empty."""
    text = str(given) if isinstance(given, int | float) else given
    if not isinstance(text, str) or not text.strip():
        return None
    text = unicodedata.normalize("NFKC", text)
    text = "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Lm")).strip()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return "inactive" if text.casefold() in _NO else "active" if text.casefold() in _YES else text


def is_known_status(status: str) -> bool:
    """Return whether a status shows if a service is open or not."""
    said = status.translate(_BLANKS)
    return bool(_SHUT.search(said) or _OPEN.search(said))


def shut_because(status: str, opens: date | None, closes: date | None, *, left: bool, today: date) -> str | None:
    """Return why a service is not offered today, in words; None when it is open."""
    if _SHUT.search(status.translate(_BLANKS)):
        return f"closed: its source says {status!r}"
    if left:
        return "closed: its source lists it no longer"
    if closes is not None and closes < today:
        return f"closed: its dates ended on {closes.day} {closes:%B %Y}"
    if opens is not None and opens > today:
        return f"not open until {opens.day} {opens:%B %Y}"
    return None


def same_name(text: str) -> str:
    """Return a name in a form in which two publishers' spellings are equal."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    text = re.sub(r"\((?:synthetic|uk|ltd|limited)\)", " ", text)
    text = "".join(each for each in text if not unicodedata.combining(each) and each not in "'\u2019")
    words = re.sub(r"[\W_]+", " ", text).split()
    return " ".join(word for word in words if word not in ("the", "and", "ltd", "limited", "cic", "cio", "of"))


def may_propose(teams: set[UUID], stake: set[UUID]) -> bool:
    """Return whether an actor of these teams may propose a change.

    Only a team with referrals open there may, where any team has some.
    """
    return not stake or bool(teams & stake)


def may_confirm(teams: set[UUID], proposed: set[UUID], stake: set[UUID]) -> bool:
    """Return whether another person, of `teams`, may confirm a change that was proposed by a person of `proposed`.

    The person must be of a team with a stake, and of another team than the proposer's where there is one.
    """
    return not stake or bool(teams & to_ask(proposed, stake))


def to_ask(proposed: set[UUID], stake: set[UUID]) -> set[UUID]:
    """Return the teams that may decide a change: the others with a stake, or the proposer's team where it is alone."""
    return stake - proposed or stake
