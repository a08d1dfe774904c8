"""Rule versions: reading the clocks of a team, and writing a new version of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.changing import changed
from services.referrals.clock.models import EVERY_TEAM, ClockRule
from shared import clock
from shared.http.problems import invalid, not_found

AS_DEFAULT = "as_default"


@dataclass(frozen=True)
class Rule:
    """A version of a clock beside the default of every team."""

    row: ClockRule
    default: ClockRule

    @property
    def as_default(self) -> bool:
        return _said(self.row.body) == _said(self.default.body)


async def change(
    session: AsyncSession, team: UUID, key: str, given: Mapping[str, Any], by: str, check: Callable[[int], None]
) -> Rule:
    """Write a new version for this team, if `check` accepts the version that is in force."""
    # One writer at a time per clock; otherwise two changes would get the same version.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"clock:{team}:{key}", 0))))
    latest = (await versions(session, team, key))[-1]
    check(latest.row.version)
    row = ClockRule(team_id=team, key=key, version=latest.row.version + 1, body=following(latest, given), by=by)
    session.add(row)
    await session.flush()
    return Rule(row, latest.default)


def following(latest: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the next version. Raise problems that name the fields that are wrong."""
    default = _said(latest.default.body)
    if not given.get(AS_DEFAULT):
        body = changed(latest.row.body, _without(given, AS_DEFAULT), clock.now())
    elif given.keys() == {AS_DEFAULT}:
        # The default exactly as it is, including the fields that a change recomputes; validated all the same.
        body = {**changed(latest.row.body, default, clock.now()), **default}
    else:
        raise invalid(AS_DEFAULT, "alone", "is a change of its own: leave the rest out")
    return {**body, "version": latest.row.version + 1}


async def rows(session: AsyncSession, team: UUID) -> list[Rule]:
    """List every version of every clock that this team may use, oldest first."""
    stmt = select(ClockRule).where(ClockRule.team_id.in_((EVERY_TEAM, team))).order_by(ClockRule.version)
    found = list(await session.scalars(stmt))
    defaults = {row.key: row for row in found if row.team_id == EVERY_TEAM}
    return [Rule(row, defaults.get(row.key, row)) for row in found]


async def versions(session: AsyncSession, team: UUID, key: str) -> list[Rule]:
    """List every version of one clock, oldest first. Raise a 404 problem when there is none."""
    found = [rule for rule in await rows(session, team) if rule.row.key == key]
    if not found:
        raise not_found()
    return found


async def version(session: AsyncSession, team: UUID, key: str, number: int | None) -> Rule:
    """Return one version of a clock; without a number the newest. Raise a 404 problem when there is none."""
    found = await versions(session, team, key)
    if number is None:
        return found[-1]
    for rule in found:
        if rule.row.version == number:
            return rule
    raise not_found()


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return _without(body, "version")


def _without(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}
