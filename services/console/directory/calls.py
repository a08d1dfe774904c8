"""What other pages ask of the directory."""

from typing import Any

from services.console.back.errors import Refused
from services.console.web.visit import Visit


async def to_confirm(at: Visit) -> int:
    """How many changes wait for the reader. Nothing where the referrals do not answer: no page waits for this."""
    try:
        found: dict[str, Any] = await at.referrals.get("/contact-changes")
    except Refused:
        return 0
    return sum(each["may_confirm"] for each in found["items"])
