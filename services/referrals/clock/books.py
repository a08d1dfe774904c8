"""The rule books: reading the clocks of a team, and writing a new version of one."""

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
    """A version of a clock beside what every team starts from."""

    row: ClockRule
    default: ClockRule

    @property
    def as_default(self) -> bool:
        return _said(self.row.body) == _said(self.default.body)


async def change(
    session: AsyncSession, team: UUID, key: str, given: Mapping[str, Any], by: str, check: Callable[[int], None]
) -> Rule:
    """A new version for this team, if `check` agrees with the version that is in force."""
    # One writer at a time per clock, or two changes would get one version.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"clock:{team}:{key}", 0))))
    latest = (await versions(session, team, key))[-1]
    check(latest.row.version)
    row = ClockRule(team_id=team, key=key, version=latest.row.version + 1, body=following(latest, given), by=by)
    session.add(row)
    await session.flush()
    return Rule(row, latest.default)


def following(latest: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the next version would say. Raises problems."""
    default = _said(latest.default.body)
    if not given.get(AS_DEFAULT):
        body = changed(latest.row.body, _without(given, AS_DEFAULT), clock.now())
    elif given.keys() == {AS_DEFAULT}:
        # To the letter, also what a change would work out anew; checked all the same.
        body = {**changed(latest.row.body, default, clock.now()), **default}
    else:
        raise invalid(AS_DEFAULT, "alone", "is a change of its own: leave the rest out")
    return {**body, "version": latest.row.version + 1}


async def rows(session: AsyncSession, team: UUID) -> list[Rule]:
    """Every version of every clock this team may use, oldest first."""
    stmt = select(ClockRule).where(ClockRule.team_id.in_((EVERY_TEAM, team))).order_by(ClockRule.version)
    found = list(await session.scalars(stmt))
    defaults = {row.key: row for row in found if row.team_id == EVERY_TEAM}
    return [Rule(row, defaults.get(row.key, row)) for row in found]


async def versions(session: AsyncSession, team: UUID, key: str) -> list[Rule]:
    """Every version of one clock, oldest first. Raises a 404 problem when there is none."""
    found = [rule for rule in await rows(session, team) if rule.row.key == key]
    if not found:
        raise not_found()
    return found


async def version(session: AsyncSession, team: UUID, key: str, number: int | None) -> Rule:
    """One version of a clock; without a number the newest."""
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
