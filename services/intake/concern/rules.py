"""Safeguarding worries."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from shared import clock


class About(StrEnum):
    """Whom the worry is about."""

    ADULT = "adult"
    CHILD = "child"


# practice: noticed to lead told, ours.
TELL_LEAD_WITHIN_DAYS = 0


def tell_lead_by(noticed_at: datetime) -> date:
    """The day on which the lead is to know."""
    return clock.local_date(noticed_at) + timedelta(days=TELL_LEAD_WITHIN_DAYS)
