"""Routes of clocks and ladders: rules are data with a source, and a change is a new version."""

from uuid import UUID

from services.referrals.clock import books
from services.referrals.clock.models import EVERY_TEAM, ClockRule
from services.referrals.clock.schemas import ClockChange, ClockView
from shared.access.scope import team_for
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.routes import Routes
from shared.practice.model import clock_from_json

routes = Routes("/clocks")


@routes.get("", allow="clock.read")
async def all_clocks(tx: Tx, actor: Who, team_id: UUID | None = None, pathway: str | None = None) -> list[ClockView]:
    """The clocks in force for one of the reader's teams, each with its source."""
    newest: dict[str, ClockRule] = {}
    for row in await books.rows(tx, team_for(actor, team_id)):
        newest[row.key] = row
    shown = [_view(row) for row in newest.values()]
    return [each for each in shown if pathway is None or each.pathway == pathway]


@routes.get("/{key}", allow="clock.read")
async def one_clock(key: str, tx: Tx, actor: Who, tag: Tag, team_id: UUID | None = None) -> ClockView:
    """One clock."""
    return tag(_view((await books.versions(tx, team_for(actor, team_id), key))[-1]))


@routes.get("/{key}/versions", allow="clock.read")
async def versions(key: str, tx: Tx, actor: Who, team_id: UUID | None = None) -> list[ClockView]:
    """Every version, oldest first: running referrals keep the one they opened with."""
    return [_view(row) for row in await books.versions(tx, team_for(actor, team_id), key)]


@routes.put("/{key}", allow="clock.change")
async def change(
    key: str, body: ClockChange, tx: Tx, actor: Who, if_match: IfMatch, tag: Tag, team_id: UUID | None = None
) -> ClockView:
    """A new version for this team. What runs already keeps the old one."""
    team = team_for(actor, team_id)
    given = body.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    row = await books.change(tx, team, key, given, actor.user_id, if_match.check)
    return tag(_view(row))


def _view(row: ClockRule) -> ClockView:
    body = row.body
    return ClockView(
        **{name: body[name] for name in ClockView.model_fields if name not in ("key", "version", "ours", "rule")},
        key=row.key,
        version=row.version,
        ours=row.team_id != EVERY_TEAM,
        rule=clock_from_json(body).rule(),
    )
