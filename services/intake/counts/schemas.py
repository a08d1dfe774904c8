"""What the API takes and gives of the counts."""

from uuid import UUID

from services.intake.counts.rules import Kind
from shared.http.bodies import Body, View


class AddOne(Body):
    """One more. `team_id` may be left out by somebody of one team only."""

    kind: Kind
    team_id: UUID | None = None


class Counted(View):
    """The same answer for everybody and every kind: it is kept with the key, and must tell nothing."""

    counted: bool = True


class CountView(View):
    """The count of a year that is over: empty for 1 to 7, otherwise rounded to 5."""

    team_id: UUID
    year: int
    kind: Kind
    count: int | None


class CountsView(View):
    items: list[CountView]
