"""What the API takes about his no."""

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from services.intake.said_no.rules import Opened, needs_signature
from shared.http.bodies import Body, Instant
from shared.text import Text


class SayNo(Body):
    """Without `until` it is for good."""

    until: Instant | None = None
    words: Text | None = None
    occurred_at: Instant | None = None


class ComeBack(Body):
    """`by` himself, or a ground signed by the supervisor who sends this; a ground needs its `why`."""

    by: Opened = Opened.HIMSELF
    why: Text | None = None
    occurred_at: Instant | None = None

    @model_validator(mode="after")
    def _why(self) -> Self:
        if needs_signature(self.by) and self.why is None:
            raise PydanticCustomError("why", "why is needed when it is not himself")
        return self
