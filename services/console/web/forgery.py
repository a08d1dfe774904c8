"""Protection against forged POSTs: one check of origin and token, before any route sees the request."""

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from shared.crypto.keyring import keyring

FIELD, HEADER = "csrf", "X-CSRF-Token"


def token_for(bound_to: str) -> str:
    """Return the token of every form shown to the holder of this cookie."""
    return keyring().hmac("console-csrf", bound_to.encode()).hex()[:40]


def from_us(request: Request, origin: str) -> bool:
    """Return whether the browser reports that a page of ours sent the request.

    Our pages send no referrer, and so browsers send `Origin: null` with their forms; then Sec-Fetch-Site, which no page
    can set, has to be "same-origin". A request with neither is refused.
    """
    said, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    if said is None or said == "null":
        return site == "same-origin"
    return said == origin


def holds(given: str, bound_to: str | None) -> bool:
    """Return whether the token belongs to this cookie."""
    return bound_to is not None and hmac.compare_digest(given.encode(), token_for(bound_to).encode())


def origin_of(url: str) -> str:
    """Return scheme://host[:port] of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
