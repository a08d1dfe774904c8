"""Rules of legal bases: grounds of disclosure other than consent (trust: basis and consent are two fields)."""

from collections.abc import Collection
from enum import StrEnum


class Ground(StrEnum):
    """Articles of the UK GDPR, and grounds that lift the common-law duty of confidence."""

    PUBLIC_TASK = "gdpr_6_1_e"
    HEALTH_CARE = "gdpr_9_2_h"
    PUBLIC_HEALTH = "gdpr_9_2_i"
    STATUTE = "statute"
    PUBLIC_INTEREST = "public_interest"
    VITAL_INTEREST = "vital_interest"


# An article of the GDPR makes processing lawful; it does not lift the duty of confidence by itself.
LIFTS_CONFIDENCE = frozenset({Ground.STATUTE, Ground.PUBLIC_INTEREST, Ground.VITAL_INTEREST})


def may_override(grounds: Collection[Ground]) -> bool:
    """Return whether these grounds can replace a person's consent."""
    return not LIFTS_CONFIDENCE.isdisjoint(grounds)
