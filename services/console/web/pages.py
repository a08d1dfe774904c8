"""Page routes that name who may open them. A route that names nobody cannot be added; a role not named is refused.

The order of checks: this host and https, the session, the rate, whether a page of ours sent it, the size and kind of
the body, the role, and whether the form was shown in this session. Only then the route.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.console.session import service as sessions
from services.console.web import cookies, errors
from services.console.web.form import Form
from services.console.web.state import house_of
from services.console.web.visit import Visit
from shared.access.roles import Role
from shared.context import Actor
from shared.http.limits import ACCOUNTS, STRANGERS, Limit
from shared.http.routes import MAX_BODY, check_media, read

__all__ = ["ANYBODY", "CARE", "PUBLIC", "READERS", "SUPERVISORS", "Limit", "PageRoute", "Pages"]

PUBLIC: Final = frozenset[Role]()
"""No account needed."""

ANYBODY: Final = frozenset(Role) - {Role.SERVICE, Role.SYSTEM}
"""Any account that is signed in."""

CARE: Final = frozenset({Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR})
READERS: Final = CARE | {Role.GUARDIAN}
SUPERVISORS: Final = frozenset({Role.SUPERVISOR})

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A page with its checks in front."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        allow: frozenset[Role],
        limit: Limit | None,
        accept: str,
        **options: Any,
    ) -> None:
        self.allow, self.limit, self.accept = allow, limit, accept
        super().__init__(path, endpoint, response_model=None, include_in_schema=False, **options)

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            visit = request.state.visit = await open_visit(request)
            await self._spend(visit)
            if visit.posted:
                if not visit.came_from_us():
                    return errors.not_from_us(visit)
                visit.body = await read(request, MAX_BODY)
                check_media(request, (self.accept,))
                if self.accept == FORM:
                    visit.form = Form.read(visit.body)
                    visit.come_back()
            if (refusal := self._refusal(visit)) is not None:
                return refusal
            response = await inner(request)
            visit.remember(response)
            return response

        return handle

    def _refusal(self, visit: Visit) -> Response | None:
        if self.allow is not PUBLIC:
            if visit.who is None:
                return errors.session_over(visit)
            if visit.who.role not in self.allow:
                return errors.forbidden(visit)
        return errors.stale(visit) if visit.posted and not visit.holds_token() else None

    async def _spend(self, visit: Visit) -> None:
        if self.limit is None:
            return
        # Also of a locked session: strangers at the same address must not use up the limit of what unlocks it.
        if (holder := visit.who or visit.locked) is not None:
            await visit.house.limiter.spend("account", str(holder.account_id), self.limit)
        elif visit.posted:
            await visit.house.limiter.spend(self.path_format, address_of(visit.request), self.limit)


class Pages:
    """The pages of one noun. `allow` is a set of roles, or PUBLIC."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.routes: list[PageRoute] = []

    def get(
        self, path: str = "", *, allow: Iterable[Role], limit: Limit | None = None
    ) -> Callable[[Endpoint], Endpoint]:
        return self._add("GET", path, allow, limit, FORM)

    def post(
        self, path: str = "", *, allow: Iterable[Role], limit: Limit | None = None, accept: str = FORM
    ) -> Callable[[Endpoint], Endpoint]:
        return self._add("POST", path, allow, limit, accept)

    def _add(
        self, method: str, path: str, allow: Iterable[Role], limit: Limit | None, accept: str
    ) -> Callable[[Endpoint], Endpoint]:
        where = f"{method} {self.prefix}{path}"
        roles = PUBLIC if allow is PUBLIC else frozenset(allow)
        if roles is not PUBLIC and (not roles or roles - ANYBODY):
            raise ValueError(f"{where}: name the roles that may open it, or PUBLIC")
        usual = STRANGERS if roles is PUBLIC else ACCOUNTS

        def add(endpoint: Endpoint) -> Endpoint:
            methods = ["GET", "HEAD"] if method == "GET" else [method]
            self.routes.append(
                PageRoute(
                    self.prefix + path or "/",
                    endpoint,
                    allow=roles,
                    limit=limit or usual,
                    accept=accept,
                    methods=methods,
                )
            )
            return endpoint

        return add


async def open_visit(request: Request) -> Visit:
    """Find the session of the request's cookie, and return its visit."""
    token = cookies.read(request, cookies.SESSION)
    found = None
    if token is not None:
        async with house_of(request).services.database.transaction(Actor.service("console")) as tx:
            found = await sessions.find(tx, token, quiet=_is_automatic(request))
    visit = Visit(request, found, token)
    request.state.actor = visit.actor
    return visit


def _is_automatic(request: Request) -> bool:
    """Return whether the browser sent the request by itself, which does not count as its user being there.

    A browser reopens an event stream for as long as the page is open; a page that receives a change, or waits for one,
    reloads itself; and unsent notes on a phone are sent by a timer.
    """
    return "text/event-stream" in request.headers.get("accept", "") or "x-by-itself" in request.headers


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"
