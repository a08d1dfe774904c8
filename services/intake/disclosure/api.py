"""Routes of disclosures; they are written by confirmed permits only."""

from uuid import UUID

from services.intake.disclosure import service
from services.intake.disclosure.models import Disclosure
from services.intake.disclosure.schemas import DisclosureView
from services.intake.person.service import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.routes import Routes

routes = Routes("/people", tags=["disclosures"])


@routes.get("/{person_id}/disclosures", allow="disclosure.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[DisclosureView]:
    """What was told to whom about him and on what ground, latest first."""
    stmt = service.listed(who, await visible(tx, person_id))
    found = await page(tx, stmt, [(Disclosure.occurred_at, "desc"), (Disclosure.id, "desc")], paging)
    return PageView(items=[DisclosureView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)
