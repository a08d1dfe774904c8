"""Routes of legal bases."""

from uuid import UUID

from services.intake.legal_basis import service
from services.intake.legal_basis.models import LegalBasis
from services.intake.legal_basis.schemas import LegalBasisView, RecordLegalBasis
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["legal bases"])


@routes.post("/{person_id}/legal-bases", allow="legal_basis.record")
async def record(person_id: UUID, body: RecordLegalBasis, tx: Tx, once: Once) -> LegalBasisView:
    """Record a ground of disclosure other than consent; with an override it replaces consent, once."""
    await visible(tx, Person, person_id)

    async def do() -> LegalBasisView:
        person = await visible(tx, Person, person_id, lock=True)
        return LegalBasisView.model_validate(await service.record(tx, person, body))

    return await once(body, do)


@routes.get("/{person_id}/legal-bases", allow="legal_basis.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[LegalBasisView]:
    """List a person's legal bases, latest first."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(LegalBasis.decided_at, "desc"), (LegalBasis.id, "desc")], paging)
    return PageView(items=[LegalBasisView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)
