"""Commands on the board: each becomes a decision of the row's owner, a plan here or the service of referrals."""

from datetime import timedelta
from uuid import UUID

from nats.aio.client import Client as Nats
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board import query
from services.casework.board.retrying import retry
from services.casework.board.schemas import BoardRowView, CommandBody, CommandView
from services.casework.note import service as notes
from services.casework.plan import decisions
from services.casework.plan.standing import board_row, standing
from shared import asking, clock
from shared.access.roles import Role
from shared.access.table import may
from shared.context import Actor, correlation
from shared.decisions import (
    ACKNOWLEDGE,
    CLOSE,
    DECIDE_REFERRAL,
    ESCALATE_NOW,
    EXTEND,
    HOLD,
    OFFER_ALTERNATIVE,
    RESUME,
    REVIEW,
    WITHDRAW,
    DecisionAnswer,
    DecisionRequest,
)
from shared.events.board import PlanStandingChanged
from shared.http.idempotency import Idempotency
from shared.http.problems import NOTHING_DONE, OUTCOME_UNKNOWN, conflict, forbidden, invalid, not_found, unavailable
from shared.http.state import Services
from workflows.contracts import RETRY, plan_workflow_id, referral_workflow_id

LEGAL = {
    "plan": (HOLD, RESUME, REVIEW, CLOSE, RETRY),
    "referral": (EXTEND, ESCALATE_NOW, ACKNOWLEDGE, OFFER_ALTERNATIVE, WITHDRAW, RETRY),
}
_HOLD_REASONS = frozenset({"custody", "hospital", "away"})
_WITHDRAW_REASONS = frozenset({"said_no", "consent_withdrawn", "ours", "died", "opened_in_error"})
_LONGEST = timedelta(days=366)
_MISSING = {
    "until": "enter the date when reminders start again",
    "working_days": "enter the number of working days",
    "reason": "choose why",
}
# Short: a person is waiting for the page.
_PATIENCE_SECONDS = 5.0


def check(body: CommandBody, row: BoardRowView, actor: Actor) -> None:
    """Raise a problem when the row or the actor's role does not allow the command, or its fields do not fit it."""
    legal = LEGAL[row.kind]
    if body.command not in legal:
        raise conflict(f"A {row.kind} takes no such command.", legal=list(legal))
    if body.command == CLOSE and may(actor.role, "plan.close") is None:
        raise forbidden()
    needs = {EXTEND: "working_days", ACKNOWLEDGE: "until", HOLD: "reason", CLOSE: "reason", WITHDRAW: "reason"}
    wanted = needs.get(body.command)
    for field in ("until", "working_days", "reason"):
        given = getattr(body, field) is not None
        if field == wanted and not given:
            raise invalid(field, "missing", _MISSING[field])
        if given and field != wanted and not (field == "until" and body.command == HOLD):
            raise invalid(field, "not_used", f"has no meaning for {body.command.replace('_', ' ')}")
    reasons = {HOLD: _HOLD_REASONS, CLOSE: decisions.CLOSING_REASONS, WITHDRAW: _WITHDRAW_REASONS}.get(body.command)
    if reasons is not None and body.reason not in reasons:
        raise invalid("reason", "not_one_of", f"must be one of {', '.join(sorted(reasons))}")
    if body.until is not None and not clock.now() < body.until < clock.now() + _LONGEST:
        raise invalid("until", "range", "must lie in the future, at most a year ahead")


async def carry_out(
    session: AsyncSession, services: Services, once: Idempotency, actor: Actor, row_id: UUID, body: CommandBody
) -> CommandView:
    """Have the row's owner decide and return the outcome; raise 409 with the reason when it was refused."""
    row, _ = await query.one(session, row_id)
    key = once.decision_id
    if body.command == RETRY:
        workflow = plan_workflow_id(row.id) if row.kind == "plan" else referral_workflow_id(row.id)
        why = await retry(services.temporal, workflow, actor.user_id, key)
        await notes.write(session, row.id, row.team_id, key, RETRY, body.note)
        return _shown(row, why)
    if row.kind == "plan":
        return await _about_plan(session, actor, key, row, body)
    found = await _about_referral(services.nats, actor, key, row, body)
    await notes.write(session, row.id, row.team_id, key, body.command, body.note)
    return found


async def _about_plan(
    session: AsyncSession, actor: Actor, key: str, row: BoardRowView, body: CommandBody
) -> CommandView:
    signed = body.command == REVIEW and actor.role is Role.SUPERVISOR
    reason = decisions.SIGNED if signed else body.reason
    decision = decisions.Decision(key, body.command, reason=reason, until=body.until, note=body.note)
    await decisions.decide(session, row.id, decision)
    now_standing = await standing(session, row.id)
    if now_standing is None:
        raise not_found()
    return _shown(board_row(now_standing, clock.now()), "")


async def _about_referral(
    nats: Nats | None, actor: Actor, key: str, row: BoardRowView, body: CommandBody
) -> CommandView:
    """Ask the service of referrals to decide. Idempotent: the same key gets the same answer again."""
    request = DecisionRequest(
        decision_id=key,
        referral_id=str(row.id),
        team_id=str(row.team_id),
        kind=body.command,
        by=actor.user_id,
        until=body.until,
        working_days=body.working_days,
        # The code that referrals uses for it.
        reason="person_declined" if body.reason == "said_no" else body.reason,
        correlation_id=correlation(),
    )
    if nats is None or not nats.is_connected:
        raise unavailable(NOTHING_DONE)
    try:
        answer = await asking.ask(nats, DECIDE_REFERRAL, request, DecisionAnswer, _PATIENCE_SECONDS)
    except asking.NoAnswer:
        raise unavailable(OUTCOME_UNKNOWN) from None
    if not answer.done:
        raise conflict(answer.why, rule="not_done")
    return _shown(answer, answer.why)


def _shown(row: BoardRowView | PlanStandingChanged | DecisionAnswer, why: str) -> CommandView:
    return CommandView(
        done=True,
        why=why,
        stage=row.stage,
        who=row.who,
        next_step=row.next_step,
        next_at=row.next_at,
        level=row.level,
        paused_until=None if isinstance(row, DecisionAnswer) else row.paused_until,
    )
