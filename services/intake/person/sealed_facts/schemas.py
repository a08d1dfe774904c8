"""Request and response bodies of the sealed facts."""

from pydantic import Field

from services.intake.person.sealed_facts.rules import Reason, Source
from shared.http.bodies import Body, View
from shared.text import Line


class SetSealed(Body):
    """The sealed facts, which are replaced as a whole."""

    reasons: list[Reason] = Field(default=[], max_length=5)
    other_reason: Line | None = None
    source: Source | None = None


class SealedView(View):
    version: int
    reasons: list[Reason]
    other_reason: str | None
    source: Source | None
