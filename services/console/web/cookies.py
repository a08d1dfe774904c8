"""The console's cookies. `__Host-` limits them to this host, over TLS (or localhost), without its subdomains."""

import secrets
from typing import Literal
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

SESSION = "__Host-session"
# Of a visitor who is not signed in: their forms' tokens are bound to it.
VISIT = "__Host-visit"
# One sentence for the next page ("Saved."), never anything about a person.
SAID = "__Host-said"
# The keys of the forms this browser sent last: neither what was sent nor to which page.
SENT = "__Host-sent"

_LONGEST = 400


def read(request: Request, name: str) -> str | None:
    value = request.cookies.get(name)
    return value if value and len(value) <= _LONGEST else None


def put(response: Response, name: str, value: str, same_site: Literal["lax", "strict"]) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite=same_site)


def drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def fresh() -> str:
    return secrets.token_urlsafe(32)


def packed(sentence: str) -> str:
    return quote(sentence, safe="")


def unpacked(value: str | None) -> str | None:
    return unquote(value) if value else None
