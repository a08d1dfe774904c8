"""Headers that restrict what the browser may do, for every answer of the console."""

from collections.abc import Callable, Mapping

from starlette.types import Scope

_CONTENT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

PAGES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _CONTENT.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A name that changes with the content may be cached for ever; a page about a person never.
LASTING = {**PAGES, "Cache-Control": "public, max-age=31536000, immutable"}
ONE_YEAR = "max-age=31536000; includeSubDomains"


def headers_for(*, https: bool) -> Callable[[Scope], Mapping[str, str]]:
    """Return the function that chooses an answer's headers; with https they also demand https for a year."""
    more = {"Strict-Transport-Security": ONE_YEAR} if https else {}
    pages, lasting = {**PAGES, **more}, {**LASTING, **more}

    def choose(scope: Scope) -> Mapping[str, str]:
        return lasting if scope.get("state", {}).get("lasting") else pages

    return choose
