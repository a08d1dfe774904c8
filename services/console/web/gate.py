"""Checks before any page: the right host, and in production only https."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.web.forgery import origin_of
from shared.settings import Settings

# Requested by machines beside us, under any host name.
_PROBES = frozenset({"/healthz", "/readyz"})


class Gate:
    """Redirects people to our own host name: another one would have other cookies, and could be anybody's."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._origin = origin_of(settings.console_url)
        self._host = self._origin.partition("://")[2]
        self._https_only = settings.mode == "production"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"] in _PROBES:
            return None
        if self._https_only and scope["scheme"] != "https":
            return PlainTextResponse("These pages are served over https alone.\n", status_code=403)
        if Headers(scope=scope).get("host", "").lower() == self._host:
            return None
        if scope["method"] in ("GET", "HEAD"):
            return RedirectResponse(self._origin + "/", status_code=307)
        return PlainTextResponse(f"These pages are at {self._origin}.\n", status_code=421)
