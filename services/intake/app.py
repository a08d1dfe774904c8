"""The intake service: people, how to reach them, and what they have agreed to."""

from fastapi import FastAPI

from services.intake.base import SERVICE
from services.intake.concern.api import routes as concerns
from services.intake.consent.api import routes as consents
from services.intake.contact.api import routes as contacts
from services.intake.counts.api import routes as counts
from services.intake.died.api import routes as died
from services.intake.disclosure.api import routes as disclosures
from services.intake.disclosure.metrics import figures
from services.intake.disclosure.permit_requests import answer_permits
from services.intake.handlers import GROUPS
from services.intake.history.api import routes as history
from services.intake.legal_basis.api import routes as legal_bases
from services.intake.oversight.api import routes as oversight
from services.intake.partner_link.api import routes as partner_links
from services.intake.permit import service as permits
from services.intake.person import index
from services.intake.person.api import routes as people
from services.intake.person.engagement.api import routes as engagement
from services.intake.person.safe_contact.api import routes as safe_contacts
from services.intake.person.sealed_facts.api import routes as sealed_facts
from services.intake.said_no.api import routes as said_no
from services.intake.strike.api import routes as strikes
from shared.context import Actor
from shared.http.app import create_app
from shared.http.state import Services
from shared.process import Service, run_service
from shared.settings import Settings

ROUTES = [
    people,
    history,
    safe_contacts,
    sealed_facts,
    contacts,
    engagement,
    concerns,
    consents,
    legal_bases,
    disclosures,
    oversight,
    said_no,
    died,
    strikes,
    counts,
    partner_links,
]


def create(services: Services) -> FastAPI:
    """Build the HTTP application."""
    return create_app(services, ROUTES, description="Who a person is, how to reach them, what they consent to.")


async def sweep(services: Services) -> int:
    """Reindex names of an earlier edition, then expire permits that nobody confirmed; return the number of permits.

    Names come first, because a person whom the search does not find is registered a second time.
    """
    refreshed = True
    while refreshed:
        async with services.work.transaction(Actor.service(SERVICE)) as session:
            refreshed = await index.refresh(session)
    async with services.work.transaction(Actor.service(SERVICE)) as session:
        return await permits.sweep(session)


def service(settings: Settings | None = None) -> Service:
    """Return the definition of this service."""
    return Service(
        SERVICE,
        app=create,
        handler_groups=GROUPS,
        reconcile=sweep,
        figures=figures,
        background=[answer_permits],
    )


def main() -> None:
    """Run the service until it is signalled to stop."""
    run_service(service())
