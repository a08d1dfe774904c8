"""Routes of clocks and ladders: rules are data with a source, and a change is a new version."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.models import EVERY_TEAM, ClockRule
from services.referrals.clock.schemas import ClockChange, ClockView
from shared.context import Actor
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.problems import invalid, not_found
from shared.http.routes import Routes
from shared.practice.model import PracticeError, clock_from_json
from shared.practice.opening import open_clock

routes = Routes("/clocks")


@routes.get("", allow="clock.read")
async def all_clocks(tx: Tx, actor: Who, team_id: UUID | None = None, pathway: str | None = None) -> list[ClockView]:
    """The clocks in force for one of the reader's teams, each with its source."""
    newest: dict[str, ClockRule] = {}
    for row in await _rows(tx, _team(actor, team_id)):
        newest[row.key] = row
    shown = [_view(row) for row in newest.values()]
    return [each for each in shown if pathway is None or each.pathway == pathway]


@routes.get("/{key}", allow="clock.read")
async def one_clock(key: str, tx: Tx, actor: Who, tag: Tag, team_id: UUID | None = None) -> ClockView:
    """One clock."""
    return tag(_view((await _versions(tx, _team(actor, team_id), key))[-1]))


@routes.get("/{key}/versions", allow="clock.read")
async def versions(key: str, tx: Tx, actor: Who, team_id: UUID | None = None) -> list[ClockView]:
    """Every version, oldest first: running referrals keep the one they opened with."""
    return [_view(row) for row in await _versions(tx, _team(actor, team_id), key)]


@routes.put("/{key}", allow="clock.change")
async def change(
    key: str, body: ClockChange, tx: Tx, actor: Who, if_match: IfMatch, tag: Tag, team_id: UUID | None = None
) -> ClockView:
    """A new version for this team. What runs already keeps the old one."""
    team = _team(actor, team_id)
    # One writer at a time per clock, or two changes would get one version.
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"clock:{team}:{key}", 0))))
    latest = (await _versions(tx, team, key))[-1]
    if_match.check(latest.version)
    row = ClockRule(team_id=team, key=key, version=latest.version + 1, body=_changed(latest, body), by=actor.user_id)
    tx.add(row)
    await tx.flush()
    return tag(_view(row))


def _changed(latest: ClockRule, body: ClockChange) -> dict[str, Any]:
    given = body.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    changed = {**latest.body, **given, "source_kind": "ours", "version": latest.version + 1}
    if changed.get("ladder") != "off" and changed.get("length") is not None:
        changed["off_reason"] = given.get("off_reason", "")
    try:
        clock = clock_from_json(changed)
        if clock.length is not None and clock.length.unit != "before_date":
            open_clock(clock, latest.recorded_at)
    except PracticeError as wrong:
        raise invalid(_field(str(wrong)), "rule", "this rule does not make a clock that can run") from None
    return changed


def _field(words: str) -> str:
    return next((name for name in ("off_reason", "ladder", "length") if name in words), "body")


async def _rows(session: AsyncSession, team: UUID) -> list[ClockRule]:
    stmt = select(ClockRule).where(ClockRule.team_id.in_((EVERY_TEAM, team))).order_by(ClockRule.version)
    return list(await session.scalars(stmt))


async def _versions(session: AsyncSession, team: UUID, key: str) -> list[ClockRule]:
    found = [row for row in await _rows(session, team) if row.key == key]
    if not found:
        raise not_found()
    return found


def _team(actor: Actor, team_id: UUID | None) -> UUID:
    if team_id is not None:
        if not actor.in_team(team_id):
            raise not_found()
        return team_id
    if len(actor.teams) != 1:
        raise invalid("team_id", "missing", "say which of your teams you mean")
    return actor.teams[0]


def _view(row: ClockRule) -> ClockView:
    body = row.body
    return ClockView(
        **{name: body[name] for name in ClockView.model_fields if name not in ("key", "version", "ours", "rule")},
        key=row.key,
        version=row.version,
        ours=row.team_id != EVERY_TEAM,
        rule=clock_from_json(body).rule(),
    )
