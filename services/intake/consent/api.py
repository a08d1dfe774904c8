"""Routes of consent."""

from uuid import UUID

from services.intake.consent import service
from services.intake.consent.models import Consent
from services.intake.consent.schemas import ConsentView, RecordConsent, WithdrawConsent
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes(tags=["consents"])


@routes.post("/people/{person_id}/consents", allow="consent.record")
async def record(person_id: UUID, body: RecordConsent, tx: Tx, once: Once) -> ConsentView:
    """Record what we may tell an agency, and what the agency may tell us."""
    await visible(tx, Person, person_id)

    async def do() -> ConsentView:
        return await service.record(tx, await visible(tx, Person, person_id, lock=True), body)

    return await once(body, do)


@routes.get("/people/{person_id}/consents", allow="consent.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[ConsentView]:
    """List a person's consents, latest first, also those withdrawn or expired."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(Consent.given_at, "desc"), (Consent.id, "desc")], paging)
    return PageView(items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)


@routes.post("/consents/{consent_id}/withdraw", allow="consent.withdraw", status_code=200)
async def withdraw(consent_id: UUID, body: WithdrawConsent, tx: Tx, once: Once) -> ConsentView:
    """Withdraw consent for one agency. After the response no further message leaves for this agency."""
    consent = await visible(tx, Consent, consent_id)

    async def do() -> ConsentView:
        person = await visible(tx, Person, consent.person_id, lock=True)
        return await service.withdraw(tx, person, consent.id, consent.agency_id, body)

    return await once(body, do, 200)
