"""Routes of engagement."""

from uuid import UUID

from services.intake.person import views
from services.intake.person.engagement import service
from services.intake.person.engagement.rules import State
from services.intake.person.engagement.schemas import ChangeEngagement
from services.intake.person.models import Person
from services.intake.person.schemas import PersonView
from services.intake.times import happened
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["engagement"])


@routes.post("/{person_id}/engagement", allow="engagement.change", status_code=200)
async def change(person_id: UUID, body: ChangeEngagement, tx: Tx, once: Once) -> PersonView:
    """Change a person's engagement, until a case opens."""
    await visible(tx, Person, person_id)

    async def do() -> PersonView:
        person = await visible(tx, Person, person_id, lock=True)
        return await views.full(tx, await service.change(tx, person, State(body.state), happened(body.occurred_at)))

    return await once(body, do, 200)
