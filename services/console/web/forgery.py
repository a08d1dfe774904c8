"""Protection against forged POSTs: one check of origin and token, before any route sees the request."""

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from shared.crypto.keyring import keyring

FIELD, HEADER = "csrf", "X-CSRF-Token"
_LENGTH = 20


def token_for(bound_to: str) -> str:
    """Return a token for the forms of one page shown to the holder of this cookie.

    It is masked with random bytes, so that no two pages have the same: pages are compressed, and the size of a page
    that is compressed would give away a secret that never changes.
    """
    mask = secrets.token_bytes(_LENGTH)
    return (mask + _masked(_proof(bound_to), mask)).hex()


def mark_of(bound_to: str) -> str:
    """Return what stays the same as long as the cookie does, and opens nothing: tokens differ from page to page."""
    return keyring().hmac("console-cookie-mark", bound_to.encode())[:8].hex()


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
    try:
        token = bytes.fromhex(given)
    except ValueError:
        return False
    proof = _masked(token[_LENGTH:], token[:_LENGTH])
    return bound_to is not None and len(token) == 2 * _LENGTH and hmac.compare_digest(proof, _proof(bound_to))


def _proof(bound_to: str) -> bytes:
    return keyring().hmac("console-csrf", bound_to.encode())[:_LENGTH]


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(value, mask, strict=False))


def origin_of(url: str) -> str:
    """Return scheme://host[:port] of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
