"""Forms that this browser has sent, for a user who goes back to one.

*Back* requests the page anew, and a new page has new keys: a form that was recorded already, changed and saved again
would be recorded twice, unasked. So the forms of a page reached by *Back* are marked, and such a form uses the key of
its last accepted press: sent again unchanged it does nothing, changed it asks what it is meant to be.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from uuid import UUID

from shared.crypto.keyring import keyring

# The field of a form whose page was reached by going back.
CAME_BACK = "came_back"
_MOST = 9
_PLACE = 10


def came_back(headers: Mapping[str, str]) -> bool:
    """Return whether a browser may have gone back through its history to this page.

    Going back involves no press on a page, so the browser sends no Sec-Fetch-User, or Sec-Fetch-Site "none" for an
    address that was typed at first. A reload bypasses every cache. With script the page itself knows better
    (console.js).
    """
    by_a_press = "sec-fetch-user" in headers and headers.get("sec-fetch-site") != "none"
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and not by_a_press
        and "cache-control" not in headers
    )


def remembered(cookie: str | None, bound_to: str, path: str) -> UUID | None:
    """Return the key of the last form accepted at this address, in this session."""
    return dict(_read(cookie)).get(_place(bound_to, path))


def remember(cookie: str | None, bound_to: str, path: str, key: UUID) -> str:
    """Return the cookie with this key added: the latest first, and not many."""
    place = _place(bound_to, path)
    kept = [(place, key), *(each for each in _read(cookie) if each[0] != place)]
    return ".".join(f"{where}{urlsafe_b64encode(what.bytes).decode().rstrip('=')}" for where, what in kept[:_MOST])


def _place(bound_to: str, path: str) -> str:
    # No other session finds it, and it holds no address of a person's page.
    return keyring().hmac("console-sent", f"{bound_to} {path}".encode()).hex()[:_PLACE]


def _read(cookie: str | None) -> list[tuple[str, UUID]]:
    try:
        return [
            (each[:_PLACE], UUID(bytes=urlsafe_b64decode(each[_PLACE:] + "==")))
            for each in (cookie or "").split(".")
            if each
        ]
    except ValueError:
        return []
