"""What services ask intake before anybody is told of a person, and what they say back once it was done.

Asked by NATS request and reply (`shared.asking`), in seconds. Nothing here runs: names and plain dataclasses, ids,
instants and codes only.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

# Outside `alongside.>`: what the streams keep is events, and a question is answered or lost.
REQUEST_PERMITS = "ask.intake.permits"
CONFIRM_DISCLOSURES = "ask.intake.disclosures"

Purpose = Literal["send", "show", "chase", "call", "no_contact"]


@dataclass(frozen=True)
class PermitRequest:
    """May this be told, now? `purpose`: send (something new), show (what was sent), chase (by reference only), call or
    no_contact (that the person is to be left alone).

    The same `request_id` gets the same permit while it lives, and a fresh one afterwards. `tells` are the parts of what
    is to be told, opaque to all but their owner and intake: their names may say what kind of help it is.
    """

    request_id: str
    referral_id: str
    person_id: str
    agency_id: str
    purpose: Purpose
    team_id: str = ""  # whose referral it is: of another team's person nothing is permitted
    tells: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Permit:
    """Intake's answer. Valid for five minutes.

    `why` is no_consent, not_covered, withdrawn, expired, said_no, died or not_known. What intake tells of the person in
    events up to `person_version` has been weighed.
    """

    request_id: str
    granted: bool
    permit_id: str | None = None
    expires_at: datetime | None = None
    why: str | None = None
    may_tell_us: list[str] = field(default_factory=list[str])
    person_version: int = 0


@dataclass(frozen=True)
class PermitRequests:
    """All that one message would tell, in one question."""

    requests: list[PermitRequest]


@dataclass(frozen=True)
class Permits:
    """One answer for each request, in their order."""

    answers: list[Permit]


@dataclass(frozen=True)
class ConfirmDisclosure:
    """What became of a permit: somebody was told, or nothing was told and it lapsed."""

    permit_id: str
    outcome: Literal["sent", "lapsed"]


@dataclass(frozen=True)
class ConfirmDisclosures:
    """What became of several permits."""

    confirmed: list[ConfirmDisclosure]


@dataclass(frozen=True)
class Confirmed:
    """How many of them intake knew."""

    known: int
