"""The route of a person's history."""

from uuid import UUID

from services.intake.history import service
from services.intake.history.schemas import HistoryView
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.routes import Routes

routes = Routes(tags=["people"])


@routes.get("/people/{person_id}/history", allow="person.read")
async def read_history(person_id: UUID, tx: Tx) -> list[HistoryView]:
    """List changes of engagement, each no and its end, and a death, with the texts recorded; newest first."""
    return await service.of(tx, await visible(tx, Person, person_id))
