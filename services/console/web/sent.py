"""Forms that this browser has sent, for whoever goes back to one.

*Back* asks for the page anew, and a new page has new keys: what was recorded already, changed and saved again would be
recorded twice, unasked. So a page that was come back to says so in its forms, and such a form goes under the key that
its last press was taken under: sent again as it was it does nothing, changed it asks what it is meant to be.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from uuid import UUID

from shared.crypto.keyring import keyring

# The field of a form whose page was come back to.
CAME_BACK = "came_back"
_MOST = 9
_PLACE = 10


def came_back(headers: Mapping[str, str]) -> bool:
    """Whether a browser may have gone back through its history to this page.

    Nobody presses anything on a page for that, so it says of no user; to an address that was typed at first it says
    that no page led there. A reload asks past every cache. With script the page itself knows better (console.js).
    """
    by_a_press = "sec-fetch-user" in headers and headers.get("sec-fetch-site") != "none"
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and not by_a_press
        and "cache-control" not in headers
    )


def remembered(cookie: str | None, bound_to: str, path: str) -> UUID | None:
    """The key that the last form sent to this address was taken under, in this session."""
    return dict(_read(cookie)).get(_place(bound_to, path))


def remember(cookie: str | None, bound_to: str, path: str, key: UUID) -> str:
    """The cookie that remembers this one, too: the latest first, and not many."""
    place = _place(bound_to, path)
    kept = [(place, key), *(each for each in _read(cookie) if each[0] != place)]
    return ".".join(f"{where}{urlsafe_b64encode(what.bytes).decode().rstrip('=')}" for where, what in kept[:_MOST])


def _place(bound_to: str, path: str) -> str:
    # Nobody else's session finds it, and no address of a person stands in it.
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
