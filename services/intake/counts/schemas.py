"""Request and response bodies of the counts."""

from uuid import UUID

from services.intake.counts.rules import Kind
from shared.http.bodies import Body, View


class AddOne(Body):
    """An addition to a count. An actor in a single team may leave out `team_id`."""

    kind: Kind
    team_id: UUID | None = None


class Counted(View):
    """The response to every addition: it is stored with the key and must reveal nothing."""

    counted: bool = True


class CountView(View):
    """The count of a past year: empty for 1 to 7, otherwise rounded to 5."""

    team_id: UUID
    year: int
    kind: Kind
    count: int | None


class CountsView(View):
    items: list[CountView]
