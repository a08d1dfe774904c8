"""What an email means for our referrals. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.referrals.mail.markers import ABSENCE, ACKNOWLEDGED, CLOSED, RECEIVED, SAYS_SOMETHING
from services.referrals.mail.reports import Report
from shared.ids import CROCKFORD, REFERENCE_LENGTH
from shared.typed import plain

MOST_REFERENCES = 5_000
_MOST_PIECES = REFERENCE_LENGTH

# What may separate the pieces of a reference: blanks, line ends, a quotation mark (>), a dash, a dot, a slash.
_WORD = re.compile(r"[0-9A-Za-z]+")
_JOINS = re.compile(r"[ \n]{0,3}[-._/\\,:;|·]?[ \n]{0,3}(?:[>|][ >|]{0,4})?")
_PREFIX = re.compile(r"^(?:REFERENCE|REFNO|REF)(?=[0-9A-Z]{8}$)")
_LETTERS = frozenset(CROCKFORD)
# As people type them: letters that the alphabet leaves out.
_MEANT = str.maketrans("OIL", "011")


class Status(StrEnum):
    """The status of an email (see `models.Mail`). An ignored email is not kept, only counted."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    BOUNCE = "bounce"
    NOTICE = "notice"
    REFUSED = "refused"
    IGNORED = "ignored"


class Notice(StrEnum):
    """What an automatic reply to an email of ours means. `ASKS`: the kinds on which somebody has to act."""

    ABSENCE = "absence"
    RECEIVED = "received"
    READ = "read_receipt"
    NOT_READ = "not_read_receipt"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    AUTOMATIC = "automatic"
    ADDRESS = "address_closed"
    RETURNED = "returned"
    REFUSES_US = "refuses_us"
    COMPLAINT = "complaint"


ASKS = frozenset({Notice.AUTOMATIC, Notice.ADDRESS, Notice.RETURNED, Notice.COMPLAINT})

_OF_REPORTS = {
    ("delivery", "failed"): Notice.RETURNED,
    ("delivery", "perhaps"): Notice.RETURNED,
    ("delivery", "delayed"): Notice.DELAYED,
    ("delivery", "delivered"): Notice.DELIVERED,
    ("disposition", "read"): Notice.READ,
    ("disposition", "not_read"): Notice.NOT_READ,
    ("complaint", "other"): Notice.COMPLAINT,
}


@dataclass(frozen=True)
class Standing:
    """The facts about an email before it is classified.

    `names_ours`: its writer's own words name an open reference; `answers_ours`: it answers an email of ours, or its
    subject or what it quotes names a referral.
    """

    report: Report | None
    automatic: str
    from_agency: bool
    names_ours: bool
    answers_ours: bool


def notice(mail: Standing, own: str) -> Notice | None:
    """Return the notice in an automatic email; None when a person wrote it, whatever marks it carries."""
    if mail.report is not None and _believed(mail, mail.report):
        return _OF_REPORTS.get((mail.report.kind, mail.report.outcome), Notice.AUTOMATIC)
    if mail.automatic == "answered":
        if CLOSED.search(own):
            return Notice.ADDRESS
        away, says = ABSENCE.search(own) is not None, SAYS_SOMETHING.search(own) is not None
        if mail.names_ours and not away:
            # An automatic reply that repeats our subject states nothing; a program may be wrong, so somebody reads it.
            return Notice.AUTOMATIC if _acknowledges(own) else None
        if says and (mail.names_ours or not away):
            return Notice.AUTOMATIC
        if away:
            return Notice.ABSENCE
        return Notice.RECEIVED if RECEIVED.search(own) else Notice.AUTOMATIC
    if mail.automatic == "marked" and not mail.names_ours:
        if CLOSED.search(own):
            return Notice.ADDRESS
        # Perhaps a person, perhaps a machine without its mark: somebody reads it, nothing waits for it.
        return Notice.AUTOMATIC if ABSENCE.search(own) or _acknowledges(own) else None
    return None


def _believed(mail: Standing, report: Report) -> bool:
    """Return whether a report may be believed: in the form of the standards, or from no address of a person."""
    if report.outcome == "perhaps" and not (mail.automatic or mail.answers_ours):
        return False
    return report.formal or not mail.from_agency or report.kind != "delivery"


def _acknowledges(own: str) -> bool:
    return ACKNOWLEDGED.search(own) is not None and SAYS_SOMETHING.search(own) is None


def ignored(mail: Standing) -> bool:
    """Return whether an email does not concern us: automatic, from an unknown sender, about nothing of ours."""
    return bool(mail.automatic) and not (mail.from_agency or mail.names_ours or mail.answers_ours)


def references(text: str) -> list[str]:
    """Return the possible references of ours, in order, each once: small letters, pieces, O for 0, I and L for 1."""
    found: dict[str, None] = {}
    folded = plain(text).translate(_MEANT)
    words = list(_WORD.finditer(folded))
    for at, first in enumerate(words):
        meant, end = _PREFIX.sub("", first[0]), first.end()
        for following in range(at + 1, at + _MOST_PIECES + 1):
            if len(meant) >= REFERENCE_LENGTH or following > len(words):
                break
            if following == len(words) or not _JOINS.fullmatch(folded, end, words[following].start()):
                break
            meant, end = meant + words[following][0], words[following].end()
        if len(meant) == REFERENCE_LENGTH and _LETTERS.issuperset(meant):
            found[meant] = None
            if len(found) == MOST_REFERENCES:
                break
    return list(found)
