"""Permits: the request to intake before a disclosure about a person, and the confirmation after it.

Requested by NATS request and reply (`shared.asking`), with timeouts of seconds. This module holds only names and plain
dataclasses with ids, instants and codes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

# Outside `alongside.>`: streams store events, whereas a request is answered or lost.
REQUEST_PERMITS = "ask.intake.permits"
CONFIRM_DISCLOSURES = "ask.intake.disclosures"

Purpose = Literal["send", "show", "chase", "call", "no_contact"]


@dataclass(frozen=True)
class PermitRequest:
    """A request to disclose something about a person to an agency now.

    `purpose`: send (new content), show (content sent before), chase (by reference only), call or no_contact (that the
    person is to be left alone). The same `request_id` gets the same permit while that is valid, and a fresh one
    afterwards. `tells` are the parts of the disclosure, opaque to all but referrals and intake: the name of a part may
    reveal the kind of help.
    """

    request_id: str
    referral_id: str
    person_id: str
    agency_id: str
    purpose: Purpose
    team_id: str = ""  # the referral's team: nothing is permitted about a person of another team
    tells: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Permit:
    """Intake's answer to a request, valid for five minutes.

    `why` is no_consent, not_covered, withdrawn, expired, said_no, died or not_known. The answer takes into account
    every event about the person up to `person_version`.
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
    """The permit requests of one message."""

    requests: list[PermitRequest]


@dataclass(frozen=True)
class Permits:
    """One permit for each request, in the order of the requests."""

    answers: list[Permit]


@dataclass(frozen=True)
class ConfirmDisclosure:
    """The outcome of a permit: the disclosure was sent, or the permit lapsed unused."""

    permit_id: str
    outcome: Literal["sent", "lapsed"]


@dataclass(frozen=True)
class ConfirmDisclosures:
    """The outcomes of several permits."""

    confirmed: list[ConfirmDisclosure]


@dataclass(frozen=True)
class Confirmed:
    """The number of permits that intake knew."""

    known: int
