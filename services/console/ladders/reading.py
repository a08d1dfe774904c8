"""Calls of the rules' pages to the services, for one of the reader's teams; a reader with several names the team."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from services.console.backend.client import Json
from services.console.staff import service as staff
from services.console.web.visit import Visit
from shared.http.problems import not_found, problem

_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Whose rules are shown."""

    team: UUID
    teams: list[tuple[UUID, str]]  # the reader's, with their names

    def path(self, key: str = "", below: str = "") -> str:
        """Return the address of a page of this team's rules."""
        path = "/ladders" + (f"/{key}" if key else "") + below
        return f"{path}?{urlencode({'team': self.team})}" if len(self.teams) > 1 else path


async def place(at: Visit) -> Place:
    """Return the team that the form or address names, else the reader's first. Raises 404 for a team of others."""
    if not at.me.teams:
        raise problem(
            404, "You are in no team yet, so there are no rules of yours. An administrator can add you to one."
        )
    given = (at.form.text("team") if at.posted else "") or at.query.get("team", "")
    try:
        team = UUID(given) if given else at.me.teams[0]
    except ValueError:
        raise not_found() from None
    if team not in at.me.teams:
        raise not_found()
    async with at.transaction() as tx:
        names = {one.id: one.name for one in await staff.teams(tx)}
    return Place(team, [(one, names.get(one, "A team")) for one in at.me.teams])


async def clock(at: Visit, team: UUID, key: str) -> Json:
    return await at.referrals.get(_of(key), team_id=team)


async def example(at: Visit, team: UUID, key: str) -> Json | None:
    """Return the rule's typical case; None when it has no clock."""
    return await at.referrals.get(_of(key, "/example"), team_id=team) or None


async def versions(at: Visit, team: UUID, key: str) -> list[Json]:
    """Return the versions of a rule, oldest first."""
    return await at.referrals.whole(_of(key, "/versions"), team_id=team)


async def preview(at: Visit, team: UUID, key: str, sent: Json) -> Json:
    return await at.referrals.post(_of(key, "/preview"), sent, team_id=team)


async def change(at: Visit, team: UUID, key: str, sent: Json, version: int | None) -> Json:
    return await at.referrals.put(_of(key), sent, version=version, team_id=team)


def _of(key: str, below: str = "") -> str:
    """Return the path of a rule. Raises 404 for an invalid key, which could lead to another path."""
    if _KEY.fullmatch(key) is None:
        raise not_found()
    return f"/clocks/{key}{below}"
