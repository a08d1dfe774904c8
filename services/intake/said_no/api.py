"""Routes of a person's no."""

from uuid import UUID

from services.intake.person import views
from services.intake.person.models import Person
from services.intake.person.schemas import PersonView
from services.intake.said_no import service
from services.intake.said_no.schemas import ComeBack, SayNo
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["said no"])


@routes.post("/{person_id}/said-no", allow="said_no.record", status_code=200)
async def say_no(person_id: UUID, body: SayNo, tx: Tx, once: Once) -> PersonView:
    """Record that a person wants no contact, until a date or for good. Attempts, tasks and messages stop."""
    await visible(tx, Person, person_id)

    async def do() -> PersonView:
        person = await visible(tx, Person, person_id, lock=True)
        return await views.full(tx, await service.say_no(tx, person, body))

    return await once(body, do, 200)


@routes.post("/{person_id}/came-back", allow="said_no.end", status_code=200)
async def come_back(person_id: UUID, body: ComeBack, tx: Tx, once: Once) -> PersonView:
    """End a no: the person came back, or a supervisor signs a safeguarding or public-health ground."""
    await visible(tx, Person, person_id)

    async def do() -> PersonView:
        person = await visible(tx, Person, person_id, lock=True)
        return await views.full(tx, await service.come_back(tx, person, body))

    return await once(body, do, 200)
