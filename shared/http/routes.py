"""Guarded routes, and the one order in which every request is checked.

Authentication (401), role (403), rate (429), size while streaming (413), media type (415); then FastAPI checks the
schema (422) and the route itself visibility (404), key (400), ETag (412, 428) and rule (409).
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from shared.access import visitors
from shared.access.table import PUBLIC, TABLE
from shared.context import program
from shared.http import limits
from shared.http.auth import authenticate, authorize, stranger
from shared.http.idempotency import idempotency
from shared.http.limits import Limit
from shared.http.problems import NOTHING_DONE, Problem, ProblemView, problem, too_large, wrong_media
from shared.http.state import services_of
from shared.http.validation import declared_names
from shared.metrics import counted

__all__ = ["PUBLIC", "Guard", "GuardedRoute", "Limit", "Routes"]

MAX_BODY = 1024 * 1024
BODY_SECONDS = 30
JSON = ("application/json",)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Guard:
    """Who may call a route (an action of the access table, or PUBLIC), how often, and with what kind of body."""

    allow: str
    limit: Limit | None
    accept: tuple[str, ...] = JSON
    max_body: int = MAX_BODY

    @property
    def public(self) -> bool:
        return self.allow == PUBLIC


class GuardedRoute(APIRoute):
    """A route whose guard runs before the body is parsed."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, guard: Guard, **options: Any) -> None:
        self.guard = guard
        super().__init__(path, endpoint, **options)
        body = self.body_field
        self.declared = declared_names(self.dependant, body.field_info.annotation if body else None)

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        guard = self.guard

        async def handle(request: Request) -> Response:
            if guard.public:
                request.state.actor = stranger()
            else:
                request.state.actor = await authenticate(request)
                authorize(request.state.actor, guard.allow)
            await self._limit(request)
            if (meet := services_of(request).meet) is not None and not guard.public:
                await meet(request.state.actor)
            body = await read(request, guard.max_body)
            if body and request.method in WRITES:
                check_media(request, guard.accept)
            return await inner(Request(request.scope, _replay(body, request.receive)))

        return handle

    async def _limit(self, request: Request) -> None:
        limiter = cast(limits.Limiter, request.app.state.limiter)
        actor = request.state.actor
        if actor.scopes is not None:
            try:
                await limiter.spend("program", program(), limits.PROGRAMS)
            except Problem:
                counted.program_refused("rate")
                raise
            return
        if self.guard.limit is None:
            return
        if self.guard.public:
            await limiter.spend(self.path_format, address_of(request), self.guard.limit)
        else:
            await limiter.spend("account", actor.user_id, self.guard.limit)

    @property
    def takes_key(self) -> bool:
        """Whether the route declares `Once`."""
        return _uses(self.dependant, idempotency)


class Routes:
    """The routes of one noun. Every route names its action in the access table, or PUBLIC.

    Further options are FastAPI's (`status_code`, `response_model`, `summary`, `response_class`, ...).
    """

    def __init__(self, prefix: str = "", *, tags: Sequence[str] = ()) -> None:
        self.prefix = prefix
        self.tags = list(tags) or ([prefix.strip("/").split("/")[0]] if prefix.strip("/") else [])
        self.routes: list[GuardedRoute] = []

    def get(self, path: str, *, allow: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._add("GET", path, allow, options)

    def post(self, path: str, *, allow: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Add a POST, which declares `Once` or passes `keyless=True` (then a repeat must be harmless by itself)."""
        return self._add("POST", path, allow, {"status_code": 201, **options})

    def put(self, path: str, *, allow: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._add("PUT", path, allow, options)

    def patch(self, path: str, *, allow: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._add("PATCH", path, allow, options)

    def delete(self, path: str, *, allow: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._add("DELETE", path, allow, options)

    def _add(self, method: str, path: str, allow: str, options: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        where = f"{method} {self.prefix}{path}"
        if allow != PUBLIC and allow not in TABLE:
            raise ValueError(f"{where}: action {allow!r} is not in the access table (shared/access)")
        default = limits.STRANGERS if allow == PUBLIC else limits.ACCOUNTS
        guard = Guard(
            allow,
            limit=options.pop("limit", default),
            accept=options.pop("accept", JSON),
            max_body=options.pop("max_body", MAX_BODY),
        )
        keyless = bool(options.pop("keyless", False))

        def add(endpoint: Endpoint) -> Endpoint:
            given: dict[str, Any] = {"tags": self.tags, **options}
            given["responses"] = {**_problems(method, guard), **options.get("responses", {})}
            if not guard.public:
                given["openapi_extra"] = {"security": [{"bearer": []}], **options.get("openapi_extra", {})}
            route = GuardedRoute(self.prefix + path, endpoint, guard=guard, methods=[method], **given)
            if method == "POST" and not keyless and not route.takes_key:
                raise ValueError(f"{where}: a POST needs the `Once` dependency, or keyless=True")
            self.routes.append(route)
            return endpoint

        return add


def address_of(request: Request) -> str:
    """Return the caller's network address: the one that the console has signed, else that of the connection."""
    signed = request.headers.get(visitors.HEADER)
    vouched = visitors.verify(services_of(request).token_public_key, signed) if signed else None
    return vouched or (request.client.host if request.client else "unknown")


async def read(request: Request, limit: int) -> bytes:
    """Read the whole body, counting its bytes. Raise 413 once it is too large, whatever Content-Length claims."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise problem(408, f"The body took longer than {BODY_SECONDS} s. {NOTHING_DONE}") from None
    return b"".join(parts)


def check_media(request: Request, accepted: Sequence[str]) -> None:
    """Raise 415 unless the body is declared as one of the accepted types, in UTF-8 when it names a charset."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").lower()
    foreign = (
        "charset=" in charset and "charset=utf-8" not in charset.replace('"', "") and "application/json" in accepted
    )
    if media.strip().lower() not in accepted or foreign:
        raise wrong_media(accepted)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receive channel that first returns the body already read, then the client's further messages."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _uses(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return dependant.call is call or any(_uses(inner, call) for inner in dependant.dependencies)


def _problems(method: str, guard: Guard) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route, for OpenAPI."""
    statuses = {404, 422, 429, 500, 503}
    if not guard.public:
        statuses |= {401, 403}
    if method in WRITES:
        statuses |= {409, 413, 415}
    if method == "POST":
        statuses |= {400}
    if method in ("PUT", "PATCH", "DELETE"):
        statuses |= {412, 428}
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {"application/problem+json": {"schema": _SCHEMA}},
        }
        for status in sorted(statuses)
    }


_SCHEMA = {"$ref": f"#/components/schemas/{ProblemView.__name__}"}
_DESCRIPTIONS = {
    400: "No Idempotency-Key",
    401: "No or bad token",
    403: "This role never may",
    404: "Absent, or not yours",
    409: "Not possible now",
    412: "Changed meanwhile",
    413: "Body over the limit",
    415: "Wrong media type",
    422: "Malformed, or the key was used with another body",
    428: "If-Match missing",
    429: "Too many requests",
    500: "Internal error",
    503: "Engine or database away",
}
