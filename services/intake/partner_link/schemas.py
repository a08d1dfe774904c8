"""Request and response bodies of partner links, for guardians only."""

from datetime import datetime
from uuid import UUID

from services.intake.partner_link.rules import Knows
from shared.http.bodies import Body, GivenId, View
from shared.text import Text


class CreateLink(Body):
    """A new link from `person_id`, a file of the guardian's teams, to any other, whose existence is not checked."""

    id: GivenId | None = None
    person_id: UUID
    other_person_id: UUID
    knows: Knows = Knows.NOBODY
    note: Text | None = None


class LinkView(View):
    id: UUID
    person_id: UUID
    other_person_id: UUID
    knows: Knows
    note: str | None
    by: str
    recorded_at: datetime
