"""Routes of clocks and ladders: rules are data with a source, and a change is a new version."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from services.referrals.clock import rule_versions, service, showing
from services.referrals.clock.rule_versions import Rule
from services.referrals.clock.schemas import (
    ClockChange,
    ClockView,
    ExampleView,
    LadderAhead,
    PreviewView,
    StepAhead,
)
from shared import clock
from shared.access.scope import team_for
from shared.http.bodies import Instant
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.problems import invalid
from shared.http.routes import Routes
from shared.practice.clock_table import REFERRAL_PATHWAYS

routes = Routes("/clocks")

Version = Annotated[int | None, Query(ge=1, le=1_000_000)]


@routes.get("", allow="clock.read")
async def all_clocks(tx: Tx, actor: Who, team_id: UUID | None = None, pathway: str | None = None) -> list[ClockView]:
    """List the clocks in force for one of the reader's teams, each with its source."""
    newest: dict[str, Rule] = {}
    for rule in await rule_versions.rows(tx, team_for(actor, team_id)):
        newest[rule.row.key] = rule
    shown = [showing.clock_view(rule) for rule in newest.values()]
    return [each for each in shown if pathway is None or each.pathway == pathway]


@routes.get("/ahead", allow="clock.read")
async def ahead(
    tx: Tx,
    actor: Who,
    pathway: str = "any",
    has_email: bool = True,
    sent_at: Annotated[Instant | None, Query()] = None,
    team_id: UUID | None = None,
) -> LadderAhead:
    """List the steps that would fire if a referral on this pathway was sent then (default: now) and nobody answered.

    Nothing is stored. An agency without email cannot be reminded, so the worker is asked to ring it instead.
    """
    if pathway not in REFERRAL_PATHWAYS:
        raise invalid("pathway", "unknown", "is not a pathway of ours")
    at = sent_at or clock.now()
    found = await service.ahead(tx, team_for(actor, team_id), pathway, at, agency_has_email=has_email)
    steps = [
        StepAhead(
            at=step.at,
            action=step.action,
            repeats_every_working_days=step.every,
            clock=rule.key,
            asks=rule.asks,
            whose=rule.whose,
            rule=rule.rule(),
            rule_source=rule.source,
        )
        for rule, step in found
    ]
    return LadderAhead(sent_at=at, steps=steps)


@routes.get("/{key}", allow="clock.read")
async def one_clock(key: str, tx: Tx, actor: Who, tag: Tag, team_id: UUID | None = None) -> ClockView:
    """Return the newest version of one clock."""
    return tag(showing.clock_view(await rule_versions.version(tx, team_for(actor, team_id), key, None)))


@routes.get("/{key}/versions", allow="clock.read")
async def versions(key: str, tx: Tx, actor: Who, team_id: UUID | None = None) -> list[ClockView]:
    """List every version, oldest first: running referrals keep the version they opened with."""
    return [showing.clock_view(rule) for rule in await rule_versions.versions(tx, team_for(actor, team_id), key)]


@routes.get("/{key}/example", allow="clock.read")
async def one_example(
    key: str, tx: Tx, actor: Who, team_id: UUID | None = None, version: Version = None
) -> ExampleView | None:
    """Return a typical case of this clock, which begins on a Monday morning; null where no clock runs."""
    return showing.example_view((await rule_versions.version(tx, team_for(actor, team_id), key, version)).row.body)


@routes.post("/{key}/preview", allow="clock.change", status_code=200, keyless=True)
async def preview(key: str, body: ClockChange, tx: Tx, actor: Who, team_id: UUID | None = None) -> PreviewView:
    """Return what a change would do to a typical case. Nothing is stored."""
    latest = await rule_versions.version(tx, team_for(actor, team_id), key, None)
    return showing.preview_view(latest, rule_versions.following(latest, _given(body)))


@routes.put("/{key}", allow="clock.change")
async def change(
    key: str, body: ClockChange, tx: Tx, actor: Who, if_match: IfMatch, tag: Tag, team_id: UUID | None = None
) -> ClockView:
    """Write a new version for this team. Running clocks keep the old one."""
    team = team_for(actor, team_id)
    changed = await rule_versions.change(tx, team, key, _given(body), actor.user_id, if_match.check)
    return tag(showing.clock_view(changed))


def _given(body: ClockChange) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True, exclude_none=True)
