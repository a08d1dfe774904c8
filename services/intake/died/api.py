"""The route of a death."""

from uuid import UUID

from services.intake.died import service
from services.intake.died.schemas import RecordDeath
from services.intake.person import views
from services.intake.person.models import Person
from services.intake.person.schemas import PersonView
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["died"])


@routes.post("/{person_id}/died", allow="died.record", status_code=200)
async def record(person_id: UUID, body: RecordDeath, tx: Tx, once: Once) -> PersonView:
    """Record that a person has died. Everything that would reach or mention the person stops."""
    await visible(tx, Person, person_id)

    async def do() -> PersonView:
        person = await visible(tx, Person, person_id, lock=True)
        return await views.full(tx, await service.record(tx, person, body))

    return await once(body, do, 200)
