"""The rule books: reading the clocks of a team, and writing a new version of one."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.models import EVERY_TEAM, ClockRule
from shared.http.problems import invalid, not_found
from shared.practice.model import PracticeError, clock_from_json
from shared.practice.opening import open_clock


async def change(
    session: AsyncSession, team: UUID, key: str, given: Mapping[str, Any], by: str, check: Callable[[int], None]
) -> ClockRule:
    """A new version for this team, if `check` agrees with the version that is in force."""
    # One writer at a time per clock, or two changes would get one version.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"clock:{team}:{key}", 0))))
    latest = (await versions(session, team, key))[-1]
    check(latest.version)
    row = ClockRule(team_id=team, key=key, version=latest.version + 1, body=_changed(latest, given), by=by)
    session.add(row)
    await session.flush()
    return row


def _changed(latest: ClockRule, given: Mapping[str, Any]) -> dict[str, Any]:
    changed = {**latest.body, **given, "source_kind": "ours", "version": latest.version + 1}
    if changed.get("ladder") != "off" and changed.get("length") is not None:
        changed["off_reason"] = given.get("off_reason", "")
    if _counts_back(changed) and not _counts_back(latest.body):
        # Only a clock that stands before a known date has one to count back from: any other could not be opened.
        raise invalid("length.unit", "before_date", "this clock has no date to count back from")
    try:
        clock = clock_from_json(changed)
        if clock.length is not None and clock.length.unit != "before_date":
            open_clock(clock, latest.recorded_at)
    except PracticeError as wrong:
        raise invalid(_field(str(wrong)), "rule", "this rule does not make a clock that can run") from None
    return changed


def _counts_back(body: Mapping[str, Any]) -> bool:
    return (body.get("length") or {}).get("unit") == "before_date"


def _field(words: str) -> str:
    return next((name for name in ("off_reason", "ladder", "length") if name in words), "body")


async def rows(session: AsyncSession, team: UUID) -> list[ClockRule]:
    """Every version of every clock this team may use, oldest first."""
    stmt = select(ClockRule).where(ClockRule.team_id.in_((EVERY_TEAM, team))).order_by(ClockRule.version)
    return list(await session.scalars(stmt))


async def versions(session: AsyncSession, team: UUID, key: str) -> list[ClockRule]:
    """Every version of one clock, oldest first. Raises a 404 problem when there is none."""
    found = [row for row in await rows(session, team) if row.key == key]
    if not found:
        raise not_found()
    return found
