"""What the API takes about a death."""

from shared.http.bodies import Body, Instant
from shared.text import Text


class RecordDeath(Body):
    """`occurred_at` when it is known; `words`: how we heard of it."""

    occurred_at: Instant | None = None
    words: Text | None = None
