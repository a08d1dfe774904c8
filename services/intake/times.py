"""When something happened, as the client says it: now when nothing is said, never later than now."""

from datetime import datetime

from shared import clock
from shared.http.problems import invalid


def happened(said: datetime | None, field: str = "occurred_at") -> datetime:
    """The fact's own time. Raises a 422 problem for a time still to come."""
    now = clock.now()
    if said is None:
        return now
    if said > now:
        raise invalid(field, "in_the_future", "must not lie in the future")
    return said
