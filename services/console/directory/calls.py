"""Calls of other pages to the directory."""

from collections.abc import Iterable
from typing import Any

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.web.visit import Visit


async def to_confirm(at: Visit) -> int:
    """Return how many changes wait for the reader's confirmation; 0 when referrals refuses: no page depends on it."""
    try:
        found: dict[str, Any] = await at.referrals.get("/contact-changes")
    except Refused:
        return 0
    return len(together(each for each in found["items"] if each["may_confirm"]))


def together(changes: Iterable[Json]) -> list[list[Json]]:
    """Group changes that were proposed together, because one decision settles them."""
    found: dict[tuple[str, str, str], list[Json]] = {}
    for each in changes:
        found.setdefault((each["holder_id"], each["proposed_by"], each["proposed_at"]), []).append(each)
    return list(found.values())
