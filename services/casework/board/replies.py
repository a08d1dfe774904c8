"""How long a service takes to reply, counting those it never replied to. Pure.

A median of the replies alone praises a service that replied once in a day and is silent since: a referral without a
reply counts as one that takes longer than it has waited (Kaplan and Meier's estimate).
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Wait:
    """One referral: the days until its reply, or so far, or until it ended without one."""

    days: float
    replied: bool


def median_days(waits: Collection[Wait]) -> float | None:
    """Return after how many days half of all referrals have a reply; None while that cannot be said."""
    without = 1.0
    for day in sorted({wait.days for wait in waits if wait.replied}):
        waiting = sum(wait.days >= day for wait in waits)
        replied = sum(wait.replied and wait.days == day for wait in waits)
        without *= 1 - replied / waiting
        if without <= 0.5 + 1e-9:
            return round(day, 1)
    return None
