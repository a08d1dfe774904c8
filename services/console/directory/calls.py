"""What other pages ask of the directory."""

from collections.abc import Iterable
from typing import Any

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.web.visit import Visit


async def to_confirm(at: Visit) -> int:
    """How many changes wait for the reader. Nothing where the referrals do not answer: no page waits for this."""
    try:
        found: dict[str, Any] = await at.referrals.get("/contact-changes")
    except Refused:
        return 0
    return len(together(each for each in found["items"] if each["may_confirm"]))


def together(changes: Iterable[Json]) -> list[list[Json]]:
    """Changes as they are decided: what was proposed together is one."""
    found: dict[tuple[str, str, str], list[Json]] = {}
    for each in changes:
        found.setdefault((each["holder_id"], each["proposed_by"], each["proposed_at"]), []).append(each)
    return list(found.values())
