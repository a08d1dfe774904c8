"""Rules of safeguarding concerns."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from shared import clock


class About(StrEnum):
    """The subject of a concern."""

    ADULT = "adult"
    CHILD = "child"


# A rule of ours (practice): days from noticing a concern to informing the lead.
TELL_LEAD_WITHIN_DAYS = 0


def tell_lead_by(noticed_at: datetime) -> date:
    """Return the last day on which the lead is informed in time."""
    return clock.local_date(noticed_at) + timedelta(days=TELL_LEAD_WITHIN_DAYS)
