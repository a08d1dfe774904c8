"""Signing in and out, and the start page of each role."""

from typing import LiteralString
from uuid import UUID

from starlette.responses import Response

from services.console.account_changes import service as changes
from services.console.backend.errors import Refused
from services.console.first_day import rules as first_day
from services.console.first_day import service as first_steps
from services.console.session import service as sessions
from services.console.session.rules import own_path
from services.console.sign_in import oidc, service
from services.console.web import cookies
from services.console.web.pages import ANYBODY, PUBLIC, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.http.problems import Problem, Wrong

pages = Pages()

WRONG = "The name or the password is not right."


@pages.get("/", allow=ANYBODY)
async def start(at: Here) -> Response:
    """Go to the start page of the role; first to unread changes of accounts, and on the first days to what to do."""
    async with at.transaction() as tx:
        mine = await changes.unread_by_holder(tx, at.me.account_id)
        opened = await first_steps.opened(tx, at.me.account_id)
        others = at.is_a(Role.GUARDIAN) and await changes.has_unread(tx, at.me.account_id, at.me.teams)
    if mine:
        return at.go("/account", said="Your account was changed. Check below that this was agreed with you.")
    if others:
        return at.go("/account-changes")
    return at.go(at.home if first_day.is_over(at.me.role, opened) else "/first-day")


@pages.get("/sign-in", allow=PUBLIC)
async def ask(at: Here) -> Response:
    """Show the form."""
    to = own_path(at.query.get("next"))
    if at.who is not None:
        return at.go(to)
    return _form(at, to)


@pages.post("/sign-in", allow=PUBLIC)
async def sign_in(at: Here) -> Response:
    """Sign in by name and password."""
    to, name = own_path(at.form.text("next")), at.form.text("sign_in")
    try:
        await service.spend_attempt(at, name)
    except Problem as error:
        if error.status != 429:
            raise
        return at.page("sign_in/locked_out.html", status=429)
    account_id = await service.by_password(at, name, at.form.raw("password"))
    if account_id is None:
        # One sentence for every reason, so that it does not disclose which names exist.
        refused = Refused.field(Wrong("sign_in", "wrong", WRONG))
        return _form(at, to, refused)
    await service.forgive_attempt(at, name)
    return await signed_in(at, account_id, to)


def _form(at: Visit, to: str, refused: Refused | None = None) -> Response:
    settings = at.house.services.settings
    organisation = settings.oidc_name if oidc.configured(settings) else None
    return at.page("sign_in/sign_in.html", refused=refused, to=to, organisation=organisation)


async def signed_in(at: Visit, account_id: UUID, to: str, *, said: LiteralString | None = None) -> Response:
    """Begin a session under a new token, whatever cookies came with the request, and go to `to`."""
    async with at.transaction() as tx:
        token = await sessions.begin(tx, account_id, replaces=cookies.read(at.request, cookies.SESSION))
    response = at.go(to, said=said)
    cookies.put(response, cookies.SESSION, token, "lax")
    cookies.drop(response, cookies.VISIT)
    return response


@pages.post("/sign-out", allow=PUBLIC)
async def sign_out(at: Here) -> Response:
    """End the session here and on the server, and have the browser delete its stored data.

    Only unsent notes on this phone stay, when nobody could be asked about them (`keep`, by `start.js`): the next page
    asks.
    """
    if at.session_token is not None:
        async with at.transaction() as tx:
            await sessions.end(tx, at.session_token)
    response = at.go("/signed-out")
    cookies.drop(response, cookies.SESSION)
    forget = ("cache", "cookies") if at.form.ticked("keep") else ("cache", "cookies", "storage")
    response.headers["Clear-Site-Data"] = ", ".join(f'"{each}"' for each in forget)
    return response


@pages.get("/signed-out", allow=PUBLIC)
async def signed_out(at: Here) -> Response:
    return at.page("sign_in/signed_out.html")
