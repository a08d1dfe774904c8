"""Request bodies of engagement."""

from typing import Literal

from shared.http.bodies import Body, Instant


class ChangeEngagement(Body):
    """A change of engagement. Not `said_no`, which is recorded by `/said-no` and ended by `/came-back`."""

    state: Literal["identified", "approached", "engaged", "out_of_touch"]
    occurred_at: Instant | None = None
