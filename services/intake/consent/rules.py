"""Rules of consent in both directions: what a person's consents allow at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.practice.disclosure_parts import Data

__all__ = ["Data", "Given", "Standing", "TellsUs", "Times", "is_live", "last_withdrawal", "standing"]


class TellsUs(StrEnum):
    """What an agency may tell us: whether the person attended, the outcome, results."""

    ATTENDANCE = "attendance"
    OUTCOME = "outcome"
    RESULTS = "results"


class Given(StrEnum):
    """How a consent was given or withdrawn."""

    SPOKEN = "spoken"
    WRITTEN = "written"
    BY_PHONE = "by_phone"
    BY_TEXT = "by_text"
    THROUGH_INTERPRETER = "through_interpreter"


class Standing(StrEnum):
    """The combined state of a person's consents for one agency. The last three are also reasons to refuse a permit."""

    LIVE = "live"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True)
class Times:
    """The instants of one consent that the rules need."""

    given_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None


def is_live(consent: Times, now: datetime) -> bool:
    """Return whether a consent is neither withdrawn nor expired at `now`; at `expires_at` itself it has expired."""
    return consent.withdrawn_at is None and (consent.expires_at is None or now < consent.expires_at)


def standing(consents: Iterable[Times], now: datetime) -> Standing:
    """Return the combined state of all consents of one person for one agency."""
    known = list(consents)
    if any(is_live(consent, now) for consent in known):
        return Standing.LIVE
    if any(consent.withdrawn_at is None for consent in known):
        return Standing.EXPIRED
    return Standing.WITHDRAWN if known else Standing.NO_CONSENT


def last_withdrawal(consents: Iterable[Times]) -> datetime | None:
    """Return when consent for this agency was last withdrawn; None when never."""
    return max((c.withdrawn_at for c in consents if c.withdrawn_at is not None), default=None)
