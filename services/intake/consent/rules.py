"""Consent both ways, and what it lets us do at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.practice.told import Data

__all__ = ["Data", "Given", "Standing", "TellsUs", "Times", "is_live", "last_withdrawal", "standing"]


class TellsUs(StrEnum):
    """What they may tell us: whether he came, what became of it, results."""

    ATTENDANCE = "attendance"
    OUTCOME = "outcome"
    RESULTS = "results"


class Given(StrEnum):
    """How he gave it, or took it back."""

    SPOKEN = "spoken"
    WRITTEN = "written"
    BY_PHONE = "by_phone"
    BY_TEXT = "by_text"
    THROUGH_INTERPRETER = "through_interpreter"


class Standing(StrEnum):
    """What one agency's consents come to. The last three are also the permit's reasons for no."""

    LIVE = "live"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True)
class Times:
    """What the rules need to know of one consent."""

    given_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None


def is_live(consent: Times, now: datetime) -> bool:
    """Neither withdrawn nor expired. It ends at the very instant of `expires_at`."""
    return consent.withdrawn_at is None and (consent.expires_at is None or now < consent.expires_at)


def standing(consents: Iterable[Times], now: datetime) -> Standing:
    """All consents of one person for one agency taken together."""
    known = list(consents)
    if any(is_live(consent, now) for consent in known):
        return Standing.LIVE
    if any(consent.withdrawn_at is None for consent in known):
        return Standing.EXPIRED
    return Standing.WITHDRAWN if known else Standing.NO_CONSENT


def last_withdrawal(consents: Iterable[Times]) -> datetime | None:
    """When he last took something back from this agency."""
    return max((c.withdrawn_at for c in consents if c.withdrawn_at is not None), default=None)
