"""How long somebody stays signed in, and to which pages signing in may lead. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

IDLE = timedelta(minutes=30)
MOST = timedelta(hours=12)
# Opening a page extends the idle time, but each page does not cause a write.
TOUCH_EVERY = timedelta(minutes=1)


class Standing(StrEnum):
    """What a session allows now."""

    OPEN = "open"
    # Idle too long: nothing is shown until its holder proves their identity again; the open page is still there.
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True)
class Times:
    seen_at: datetime
    ends_at: datetime


def standing(times: Times, now: datetime) -> Standing:
    """Return whether a session is open, locked or over at this time of the wall clock."""
    if now >= times.ends_at:
        return Standing.OVER
    return Standing.OPEN if now < times.seen_at + IDLE else Standing.LOCKED


def own_path(asked: str | None) -> str:
    """Return the path to go to after signing in: the requested one if it is a path of ours, else the start page.

    Anything a browser could read as another host is refused, among it "//host", "/\\host" and control characters.
    """
    if not asked or not asked.startswith("/") or len(asked) > 2000:
        return "/"
    if asked.startswith("//") or "\\" in asked or any(ord(char) <= 32 or ord(char) == 127 for char in asked):
        return "/"
    try:
        parts = urlsplit(asked)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else asked
