"""The figures of programs that `alongside status` shows: keys that end soon, and what a service has not been told."""

from dataclasses import dataclass
from datetime import datetime

from services.console.program.rules import ENDS_SOON, TOLD_WITHIN
from shared.readings.rows import Rows, count

_ENDING = (
    "SELECT p.name, max(k.expires_at) FROM programs p JOIN program_keys k ON k.program_id = p.id"
    " WHERE k.revoked_at IS NULL AND k.expires_at > %s GROUP BY p.name HAVING max(k.expires_at) <= %s ORDER BY 2, 1"
)
_NOT_TOLD = "SELECT count(*) FROM program_keys WHERE told_at IS NULL AND coalesce(revoked_at, recorded_at) < %s"


@dataclass(frozen=True)
class Ending:
    """A program whose last valid key ends soon."""

    name: str
    at: datetime


async def ending(rows: Rows, now: datetime) -> list[Ending]:
    """List the programs whose last valid key ends within two weeks, the next one first."""
    return [Ending(*row) for row in await rows(_ENDING, now, now + ENDS_SOON)]


async def not_told(rows: Rows, now: datetime) -> int:
    """Count the keys that were made or revoked minutes ago and that not every service has been told of."""
    return await count(rows, _NOT_TOLD, now - TOLD_WITHIN)
