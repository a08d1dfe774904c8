"""Request bodies of a death."""

from shared.http.bodies import Body, Instant
from shared.text import Text


class RecordDeath(Body):
    """A death. `occurred_at` if it is known; `words`: how we learned of the death."""

    occurred_at: Instant | None = None
    words: Text | None = None
