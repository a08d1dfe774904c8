"""The console as a process: the pages, staff accounts and sign-in. It owns no care data."""

import asyncio
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from services.console.account_changes.pages import pages as account_changes
from services.console.admin.pages import pages as admin
from services.console.agency.pages import pages as agency
from services.console.backend.changes import Changes
from services.console.backend.pools import Clients
from services.console.bank_holiday.pages import pages as bank_holidays
from services.console.base import SERVICE
from services.console.board.pages import pages as board
from services.console.contact_name.pages import pages as contact_name
from services.console.counts.pages import pages as counts
from services.console.directory.pages import pages as directory
from services.console.first_day.pages import pages as first_day
from services.console.help.pages import pages as help_pages
from services.console.ladders.pages import pages as ladders
from services.console.mail.pages import pages as mail
from services.console.needs.pages import pages as needs
from services.console.outbox.pages import pages as outbox
from services.console.oversight.pages import pages as oversight
from services.console.partner_link.pages import pages as partner_links
from services.console.people.concerns import concerns
from services.console.people.consents import consents
from services.console.people.contacts import contacts
from services.console.people.disclosures import told
from services.console.people.pages import pages as people
from services.console.people.sealed import sealed
from services.console.people.standing import standing
from services.console.people.strikes import strikes
from services.console.plan.pages import pages as plan
from services.console.plan.pause import pages as plan_pause
from services.console.plan.reopen import pages as plan_reopen
from services.console.plan_start.pages import pages as plan_start
from services.console.practice.pages import pages as practice
from services.console.program import stating
from services.console.program.pages import pages as programs
from services.console.referral.pages import pages as referral
from services.console.session import service as sessions
from services.console.setup.pages import pages as setup
from services.console.sign_in.account import pages as account
from services.console.sign_in.begin import pages as begin
from services.console.sign_in.organisation import pages as organisation
from services.console.sign_in.pages import pages as sign_in
from services.console.sign_in.passkeys import pages as passkeys
from services.console.staff import membership
from services.console.strike_note.pages import pages as strike_note
from services.console.task.pages import pages as tasks
from services.console.today.pages import pages as today
from services.console.web import errors
from services.console.web.assets import Assets, NotBuilt
from services.console.web.brand import BadColour, brand
from services.console.web.gate import Gate
from services.console.web.headers import headers_for
from services.console.web.pages import Pages
from services.console.web.state import House
from services.console.web.templates import Templates
from shared.access import tokens
from shared.context import Actor
from shared.http import health
from shared.http.edge import Edge
from shared.http.limits import Limiter
from shared.http.state import Services
from shared.process import Service, StartRefused, run_service
from shared.settings import Settings
from shared.supervise import raise_if_cancelled

PAGES: Sequence[Pages] = (
    sign_in,
    begin,
    account,
    contact_name,
    account_changes,
    passkeys,
    organisation,
    practice,
    today,
    tasks,
    people,
    contacts,
    consents,
    concerns,
    told,
    sealed,
    standing,
    strikes,
    strike_note,
    oversight,
    partner_links,
    counts,
    outbox,
    plan_start,
    plan,
    plan_pause,
    plan_reopen,
    needs,
    referral,
    directory,
    board,
    agency,
    mail,
    ladders,
    bank_holidays,
    admin,
    programs,
    setup,
    first_day,
    help_pages,
)
SWEEP_SECONDS = 3600


def create(services: Services) -> FastAPI:
    """Create the app with all pages. Raises StartRefused when something that keeps them safe is missing."""
    settings = services.settings
    app = FastAPI(title="Alongside", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    app.state.limiter = Limiter(services.database)
    app.state.house = _house(services, app.state.limiter)
    app.router.routes.extend(health.routes.routes)
    app.router.routes.append(Route("/assets/{file}", app.state.house.assets.serve))
    for group in PAGES:
        app.router.routes.extend(group.routes)
    errors.install(app)
    app.add_middleware(Gate, settings=settings)
    # A board of forty people is a tenth as large on a phone's line. What must stay secret is masked anew on each page.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=3)
    https = settings.console_url.startswith("https://")
    app.add_middleware(Edge, headers=headers_for(https=https), failed=errors.bare)
    return app


def _house(services: Services, limiter: Limiter) -> House:
    settings = services.settings
    try:
        look = brand(
            settings.organisation_name,
            settings.organisation_colour,
            settings.organisation_phone,
            settings.organisation_website,
        )
        assets = Assets(watched=settings.mode != "production", made={"organisation.css": look.sheet})
    except BadColour as error:
        raise StartRefused(str(error)) from None
    except NotBuilt as error:
        raise StartRefused(str(error)) from None
    file = settings.token_private_key_file
    if file is None:
        raise StartRefused("no key to sign tokens with: set ALONGSIDE_TOKEN_PRIVATE_KEY_FILE to a PEM file")
    try:
        key = tokens.load_key(file)
    except (ValueError, OSError) as error:
        raise StartRefused(f"ALONGSIDE_TOKEN_PRIVATE_KEY_FILE: {error}") from None
    clients, changes = Clients.opened(), Changes(services.stopping)
    services.probes |= {"connections to the services": clients.free, "streams of the board": changes.free}
    return House(services, Templates(assets, look), assets, clients, changes, key, limiter)


async def sweep(services: Services) -> None:
    """Delete sessions that have ended, every hour until the process stops."""
    while True:
        raise_if_cancelled()
        async with services.work.transaction(Actor.service(SERVICE)) as tx:
            await sessions.purge(tx)
        await asyncio.sleep(SWEEP_SECONDS)


def service(settings: Settings | None = None) -> Service:
    """Return the app, the background tasks and the requirements of this service."""
    background = (sweep, membership.keep_stated, stating.keep_stated)
    return Service(SERVICE, app=create, background=background, needs=frozenset({"database", "migrations"}))


def main() -> None:
    """Run until TERM or Ctrl-C."""
    run_service(service())
