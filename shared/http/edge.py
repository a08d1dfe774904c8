"""The outermost layer of every service: correlation id, security headers, access log, no error without a response."""

import time
from collections.abc import Callable, Mapping
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import log
from shared.context import correlation, set_correlation, set_program
from shared.http.problems import problem
from shared.ids import new_id
from shared.metrics import counted

Failed = Callable[[], Response]
CORRELATION = "X-Correlation-Id"
GONE = 499  # the client has disconnected; only ever in the log

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _same_for_all(scope: Scope) -> Mapping[str, str]:
    return SECURITY


_QUIET = frozenset({"/healthz", "/readyz"})


class Edge:
    """The edge middleware, in pure ASGI so that event streams pass unbuffered.

    `headers` returns the headers of every response, which override those of the route; it is called when the response
    begins.
    """

    def __init__(
        self, app: ASGIApp, headers: Callable[[Scope], Mapping[str, str]] = _same_for_all, failed: Failed | None = None
    ) -> None:
        self.app, self.headers, self.failed = app, headers, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        set_correlation(_correlation(Headers(scope=scope).get(CORRELATION)))
        set_program("")
        started = time.monotonic()
        status, began = 0, 0.0

        async def guarded(message: Message) -> None:
            nonlocal status, began
            if message["type"] == "http.response.start":
                status, began = message["status"], time.monotonic()
                headers = MutableHeaders(scope=message)
                for name, value in self.headers(scope).items():
                    headers[name] = value
                headers[CORRELATION] = correlation()
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except ClientDisconnect:
            status = GONE
        except Exception:
            # Type and place only: the messages of exceptions quote values.
            log.get().error("unhandled error", route=_route(scope), method=scope["method"], exc_info=True)
            if status:
                raise  # part of the response is sent; only closing the connection can still show that it is broken
            answer = self.failed() if self.failed else _problem()
            await answer(scope, receive, guarded)
        finally:
            # A route may record nothing about its caller, not even that there was a call.
            if not scope.get("state", {}).get("unlogged"):
                waited = (began or time.monotonic()) - started
                counted.request(_route(scope), scope["method"], status or GONE, waited)
                self._log(scope, status, started)

    def _log(self, scope: Scope, status: int, started: float) -> None:
        state = scope.get("state", {})
        route = _route(scope)
        logger = log.get()
        write = logger.debug if route in _QUIET else logger.info
        actor = state.get("actor")
        write(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            duration_ms=round((time.monotonic() - started) * 1000, 1),
            role=actor.role if actor else None,
            user_id=actor.user_id if actor else None,
        )


def _problem() -> Response:
    return problem(500, "Something went wrong here. Nothing was done.").response(correlation())


def _route(scope: Scope) -> str:
    """Return the template of the route, never the path itself: paths contain ids, queries contain search terms."""
    return getattr(scope.get("route"), "path_format", "none")


def _correlation(given: str | None) -> str:
    """Return the client's correlation id when it is a UUID, else a fresh one: the id is written to logs and events."""
    try:
        return str(UUID(given)) if given else str(new_id())
    except ValueError:
        return str(new_id())
