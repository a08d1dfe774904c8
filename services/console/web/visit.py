"""One request as a page sees it: the account, what was sent, the services behind, and the ways to answer."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, LiteralString, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.console.backend import names
from services.console.backend.client import Service
from services.console.backend.errors import Refused
from services.console.backend.names import Names
from services.console.session.rules import Standing, own_path
from services.console.session.service import SignedIn
from services.console.staff import service as staff
from services.console.web import cookies, forgery
from services.console.web import sent as sent_before
from services.console.web.fields import Fields
from services.console.web.form import AS_WELL, BadField, Form
from services.console.web.navigation import Menu, home_of, menu_for
from services.console.web.state import House, house_of
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.http.problems import problem

# Pages that list what is to be done, and lead to where it is done.
_LISTS = {"today": "/today", "board": "/board"}


class Visit:
    """The request, the session and the form of one page. Pages take it as `at: Here`."""

    def __init__(self, request: Request, found: SignedIn | None, session_token: str | None) -> None:
        self.request = request
        self.house: House = house_of(request)
        # A locked session has no account until its holder has proved their identity again.
        self.who = found if found and found.standing is Standing.OPEN else None
        self.locked = found if found and found.standing is Standing.LOCKED else None
        self.session_token = session_token if found else None
        self.form = Form()
        self.body = b""
        self.posted = request.method == "POST"
        self._visit_token = cookies.read(request, cookies.VISIT)
        self._new_visit: str | None = None
        self._used: UUID | None = None

    # -- the account

    @property
    def me(self) -> SignedIn:
        """Return the signed-in account, on a page that is not public."""
        if self.who is None:
            raise problem(401, "Nobody is signed in.")
        return self.who

    @property
    def actor(self) -> Actor:
        if self.who is None:
            return Actor.service("public")
        return Actor(str(self.who.account_id), self.who.role, self.who.teams)

    def is_a(self, *roles: Role) -> bool:
        """Return whether an account with one of these roles is signed in, for parts of a page that only some see."""
        return self.who is not None and self.who.role in roles

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """Open a transaction of the console's own database: accounts and sessions, no care data."""
        async with self.house.services.database.transaction(self.actor) as tx:
            yield tx

    # -- the services behind the page

    @cached_property
    def intake(self) -> Service:
        return self.house.service("intake", self.who)

    @cached_property
    def casework(self) -> Service:
        return self.house.service("casework", self.who)

    @cached_property
    def referrals(self) -> Service:
        return self.house.service("referrals", self.who)

    async def names(self, ids: Iterable[str | UUID | None]) -> Names:
        """Return people's names for these ids, in one request: ask once for everything on the page."""
        return await names.of_people(self.intake, self.me.role, ids)

    async def staff(self) -> Names:
        """Return names of colleagues by account id: who did a thing, whose a row is."""
        async with self.transaction() as tx:
            found = await staff.colleagues(tx, self.me.teams)
        return Names({str(one.id): one.name for one in found}, absent="Somebody else")

    def once(self, step: str = "") -> str:
        """Return the Idempotency-Key of this form. A POST that calls services several times names each `step`."""
        key = self.form.once
        if key is None:
            raise problem(400, "This form is not complete. Go back, load the page again and send it once more.")
        self._used = key
        return f"{key}-{step}" if step else str(key)

    def come_back(self) -> None:
        """Give a form whose page was reached by going back the key under which it was accepted before."""
        if self.who is None or sent_before.CAME_BACK not in self.form or AS_WELL in self.form:
            return
        cookie = cookies.read(self.request, cookies.SENT)
        if (key := sent_before.remembered(cookie, self.bound_to, self.request.url.path)) is not None:
            self.form.go_by(key)

    def remember(self, response: Response) -> None:
        """Remember the key under which this form was accepted, in case somebody goes back to it."""
        if self.who is None or self._used is None or response.status_code >= 400:
            return
        cookie = cookies.read(self.request, cookies.SENT)
        now = sent_before.remember(cookie, self.bound_to, self.request.url.path, self._used)
        cookies.put(response, cookies.SENT, now, "strict")

    # -- answers

    def page(
        self,
        template: str,
        *,
        status: int | None = None,
        refused: Refused | BadField | None = None,
        fresh: bool = False,
        **context: Any,
    ) -> Response:
        """Return a page. With `refused` its fields show the errors and keep what was sent, under its status.

        `fresh`: what was sent only asked for this page, and fills none of its fields.
        """
        said = cookies.unpacked(cookies.read(self.request, cookies.SAID))
        shown = Refused.fields(refused.errors) if isinstance(refused, BadField) else refused
        sent = self.form if self.posted and not fresh else None
        text = self.house.templates.render(
            template,
            {
                "at": self,
                "fields": Fields(
                    self.house.templates.nhsuk,
                    self.csrf,
                    sent,
                    shown,
                    self.request.url.path,
                    came_back=not self.posted and sent_before.came_back(self.request.headers),
                ),
                "refused": shown,
                "said": said,
                **context,
            },
        )
        response = HTMLResponse(text, status_code=status or (shown.status if shown else 200))
        if said:
            cookies.drop(response, cookies.SAID)
        if self._new_visit:
            cookies.put(response, cookies.VISIT, self._new_visit, "strict")
        return response

    def go(self, to: str, *, said: LiteralString | None = None) -> Response:
        """Redirect to another page of ours, which shows `said` once: a fixed phrase, because a cookie carries it."""
        target = own_path(to)
        response: Response = RedirectResponse(target, status_code=303)
        if self.request.headers.get("hx-request"):
            # htmx would follow the redirect unseen and put the whole page into a part of this one.
            response = Response(status_code=204, headers={"HX-Redirect": target})
        if said:
            cookies.put(response, cookies.SAID, cookies.packed(said), "lax")
        return response

    # -- for templates

    def csrf(self) -> str:
        """Return the token of this page's forms."""
        if self.session_token is None and self._visit_token is None:
            self._visit_token = self._new_visit = cookies.fresh()
        return forgery.token_for(self.bound_to)

    @property
    def bound_to(self) -> str:
        """Return the cookie that this browser's forms and challenges are bound to."""
        # Also of a locked session: a page that is unlocked again goes on with the forms it has.
        return self.session_token or self._visit_token or ""

    def came_from_us(self) -> bool:
        """Return whether a page of ours made this POST."""
        return forgery.from_us(self.request, self.house.origin)

    def holds_token(self) -> bool:
        """Return whether the form was shown to this browser, in this session."""
        given = self.form.raw(forgery.FIELD) or self.request.headers.get(forgery.HEADER, "")
        return forgery.holds(given, self.bound_to or None)

    @property
    def path(self) -> str:
        """Return this page's path and query, to come back to; never what a browser could read as another host."""
        query = self.request.url.query
        return own_path(self.request.url.path + (f"?{query}" if query else ""))

    @property
    def back(self) -> str:
        """Return the name of the list one came from, for a field or an address to carry; nothing without one."""
        came = self.form.text("back") or self.query.get("back", "")
        return came if came in _LISTS else ""

    def came_from(self, otherwise: str) -> str:
        """Return the list one came from, or another path."""
        return _LISTS.get(self.back, otherwise)

    @property
    def quoted_path(self) -> str:
        """Return the path quoted, for the query of another address."""
        return quote(self.path, safe="/")

    @property
    def partial(self) -> bool:
        """Return whether htmx requests a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def practice(self) -> bool:
        """Return whether this is a stack for demonstration and rehearsal, where everybody is made up."""
        return self.house.services.settings.practice_clock_file is not None

    @property
    def jumps(self) -> bool:
        """Return whether this stack has a driver that can move practice time forward."""
        return self.practice and self.house.services.settings.practice_jumps_folder is not None

    @property
    def now(self) -> datetime:
        """Return the current time of care, which practice moves forward."""
        return clock.now()

    @property
    def real_now(self) -> datetime:
        """Return the time of the wall clock, for sign-in alone."""
        return clock.real()

    @property
    def menu(self) -> Menu:
        return menu_for(self.who.role if self.who else None, self.request.url.path)

    @property
    def home(self) -> str:
        return home_of(self.who.role if self.who else None)

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query of the address (filters)."""
        return self.request.query_params


async def _here(request: Request) -> Visit:
    return cast(Visit, request.state.visit)


Here = Annotated[Visit, Depends(_here)]
