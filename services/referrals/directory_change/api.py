"""Routes by which the directory is changed, and by which changed addresses and numbers are confirmed."""

from uuid import UUID

from services.referrals.directory import service as directory
from services.referrals.directory.api import agency_view, service_view
from services.referrals.directory.schemas import (
    AgencyChange,
    AgencyView,
    ContactChanges,
    ContactChangeView,
    ContactDecided,
    ContactDecision,
    ContactProposal,
    ServiceChange,
    ServiceView,
)
from services.referrals.directory_change import contacts
from services.referrals.directory_change.service import edit
from shared.db.session import actor_of
from shared.http.deps import Tx
from shared.http.etags import IfMatch
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes(tags=["directory"])


@routes.patch("/services/{service_id}", allow="directory.edit")
async def change_service(service_id: UUID, body: ServiceChange, session: Tx, if_match: IfMatch) -> ServiceView:
    """Change what the source does not know or has wrong; a later import keeps the change.

    An address or a number is proposed: it is used once somebody else has confirmed it.
    """
    found, agency = await directory.service(session, service_id, lock=True)
    if_match.check(found.version)
    await edit(session, "service", found, body)
    return await service_view(session, found, agency)


@routes.patch("/agencies/{agency_id}", allow="directory.edit")
async def change_agency(agency_id: UUID, body: AgencyChange, session: Tx, if_match: IfMatch) -> AgencyView:
    """Change what the source does not know; a later import keeps the change.

    An address or a number is proposed: it is used once somebody else has confirmed it.
    """
    found = await directory.agency(session, agency_id, lock=True)
    if_match.check(found.version)
    await edit(session, "agency", found, body)
    return agency_view(found)


@routes.get("/services/{service_id}/contact-changes", allow="directory.read_changes")
async def list_contact_changes(service_id: UUID, session: Tx) -> ContactChanges:
    """List the changes proposed for a service, its places and its agency: by whom, when, and the decision."""
    return _changes(await contacts.history(session, service_id, actor_of(session)))


@routes.post("/services/{service_id}/contact-changes", allow="directory.propose", status_code=201)
async def propose_contact_change(service_id: UUID, body: ContactProposal, session: Tx, once: Once) -> ContactChanges:
    """Propose the service's own address or number. It is used once somebody else has confirmed it."""

    async def do() -> ContactChanges:
        found, _ = await directory.service(session, service_id, lock=True)
        actor = actor_of(session)
        await contacts.by_hand(session, "service", found, body.model_dump(exclude_unset=True), actor)
        return _changes(await contacts.history(session, service_id, actor))

    return await once(body, do)


@routes.get("/contact-changes", allow="directory.read_changes")
async def list_open_contact_changes(session: Tx) -> ContactChanges:
    """List changes that wait for somebody to confirm them."""
    return _changes(await contacts.open_changes(session, actor_of(session)))


@routes.post("/contact-changes/{change_id}/decision", allow="directory.propose", status_code=200)
async def decide_contact_change(change_id: UUID, body: ContactDecision, session: Tx, once: Once) -> ContactDecided:
    """Confirm or refuse what somebody else (or a feed) proposed. Links at the old address end; a fresh one is sent."""

    async def do() -> ContactDecided:
        change = await contacts.decide(session, change_id, actor_of(session), confirm=body.confirm)
        return ContactDecided(id=change.id, state=change.state)

    return await once(body, do, 200)


def _changes(found: list[contacts.Shown]) -> ContactChanges:
    return ContactChanges(items=[_change(each) for each in found])


def _change(each: contacts.Shown) -> ContactChangeView:
    fields = {name: getattr(each.change, name) for name in ContactChangeView.model_fields if name not in _OF_SHOWN}
    return ContactChangeView(name=each.name, may_confirm=each.may_confirm, **fields)


_OF_SHOWN = {"name", "may_confirm"}
