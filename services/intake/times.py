"""The time of a fact, from the client: now when it is missing, never later than now."""

from datetime import datetime

from shared import clock
from shared.http.problems import invalid


def happened(said: datetime | None, field: str = "occurred_at") -> datetime:
    """Return the fact's own time. Raise a 422 problem for a future time."""
    now = clock.now()
    if said is None:
        return now
    if said > now:
        raise invalid(field, "in_the_future", "must not lie in the future")
    return said
