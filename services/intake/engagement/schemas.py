"""What the API takes about engagement."""

from typing import Literal

from shared.http.bodies import Body, Instant


class ChangeEngagement(Body):
    """`said_no` is not here: it is recorded as his word (`/said-no`), and left the same way (`/came-back`)."""

    state: Literal["identified", "approached", "engaged", "out_of_touch"]
    occurred_at: Instant | None = None
