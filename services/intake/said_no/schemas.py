"""Request bodies of a person's no."""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.said_no.rules import Opened, needs_signature
from shared.http.bodies import Body, Instant
from shared.text import Text


class SayNo(Body):
    """A no, for good when `until` is missing."""

    until: Instant | None = None
    words: Text | None = None
    occurred_at: Instant | None = None


class ComeBack(Body):
    """The end of a no, by the person or on a ground signed by the supervisor who sends this; a ground needs `why`."""

    by: Opened = Opened.PERSON
    why: Text | None = Field(default=None, validate_default=True)
    occurred_at: Instant | None = None

    @field_validator("why")
    @classmethod
    def _why(cls, why: str | None, info: ValidationInfo) -> str | None:
        by = info.data.get("by")
        if by is not None and needs_signature(by) and why is None:
            raise PydanticCustomError("why", "is needed when the person did not ask for it")
        return why
