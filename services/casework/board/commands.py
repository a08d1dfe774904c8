"""Stepping in: a command of the board becomes a decision of the row's workflow."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from services.casework.board import query
from services.casework.board.schemas import BoardRowView, CommandBody, CommandView
from services.casework.plan import deciding
from services.casework.plan import service as plans
from shared import clock
from shared.access.roles import Role
from shared.access.table import may
from shared.context import Actor, correlation
from shared.http.decide import answered, decide
from shared.http.once import OnceOnly
from shared.http.problems import conflict, forbidden, invalid
from workflows.contracts import (
    ACKNOWLEDGE,
    CLOSE,
    ESCALATE_NOW,
    EXTEND,
    HOLD,
    OFFER_ALTERNATIVE,
    RESUME,
    RETRY,
    REVIEW,
    WITHDRAW,
    Decision,
    DecisionAnswer,
    plan_workflow_id,
    referral_workflow_id,
)

LEGAL = {
    "plan": (HOLD, RESUME, REVIEW, CLOSE, RETRY),
    "referral": (EXTEND, ESCALATE_NOW, ACKNOWLEDGE, OFFER_ALTERNATIVE, WITHDRAW, RETRY),
}
_HOLD_REASONS = frozenset({"custody", "hospital", "away"})
_WITHDRAW_REASONS = frozenset({"said_no", "consent_withdrawn", "ours", "died", "opened_in_error"})
_LONGEST = timedelta(days=366)


def check(body: CommandBody, row: BoardRowView, actor: Actor) -> None:
    """Raise the problem of a command that this row or this role cannot take, or whose fields do not fit it."""
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
            raise invalid(field, "missing", f"is needed to {body.command.replace('_', ' ')}")
        if given and field != wanted and not (field == "until" and body.command == HOLD):
            raise invalid(field, "not_used", f"has no meaning for {body.command.replace('_', ' ')}")
    reasons = {HOLD: _HOLD_REASONS, CLOSE: deciding.CLOSING_REASONS, WITHDRAW: _WITHDRAW_REASONS}.get(body.command)
    if reasons is not None and body.reason not in reasons:
        raise invalid("reason", "not_one_of", f"must be one of {', '.join(sorted(reasons))}")
    if body.until is not None and not clock.now() < body.until < clock.now() + _LONGEST:
        raise invalid("until", "range", "must lie in the future, at most a year ahead")


async def carry_out(
    session: AsyncSession, client: Client, once: OnceOnly, actor: Actor, row_id: UUID, body: CommandBody
) -> CommandView:
    """Ask the row's workflow and answer with its result; 409 with its reason when it did not do it."""
    row, _ = await query.one(session, row_id)
    key = once.decision_id
    workflow = plan_workflow_id(row.id) if row.kind == "plan" else referral_workflow_id(row.id)
    if body.command == RETRY:
        why = await decide(client, workflow, RETRY, actor.user_id, key, str)
        await plans.note(session, row.id, row.team_id, key, RETRY, body.note)
        return _shown(row, why)
    known = await deciding.answer_to(session, key) if row.kind == "plan" else None
    if known is not None:
        done, why = known.done, known.why
        view = _shown(row, why)
    else:
        if row.closed:
            # By this very command, perhaps, whose answer was lost on the way.
            answer = await answered(client, workflow, key, DecisionAnswer)
            if answer is None:
                raise conflict("It has already ended.", rule="ended")
        else:
            answer = await decide(client, workflow, body.command, _decision(actor, row, key, body), key, DecisionAnswer)
        done, why = answer.done, answer.why
        said = answer.view.row.explanation
        view = CommandView(
            done=done,
            why=why,
            stage=answer.view.row.stage,
            who=said.who,
            next_step=said.next_step,
            next_at=said.next_at,
            level=said.level,
            paused_until=answer.view.row.paused_until,
        )
    if not done:
        raise conflict(why, rule="not_done")
    await plans.note(session, row.id, row.team_id, key, body.command, body.note)
    return view


def _decision(actor: Actor, row: BoardRowView, key: str, body: CommandBody) -> Decision:
    reason: Any = body.reason
    if body.command == REVIEW and actor.role is Role.SUPERVISOR:
        reason = deciding.SIGNED
    if body.command == WITHDRAW and body.reason == "said_no":
        reason = "person_declined"  # as referrals calls it
    return Decision(
        id=str(row.id),
        decision_id=key,
        kind=body.command,
        by=actor.user_id,
        at=clock.now(),
        until=body.until,
        working_days=body.working_days,
        reason=reason,
        correlation_id=correlation(),
    )


def _shown(row: BoardRowView, why: str) -> CommandView:
    return CommandView(
        done=True,
        why=why,
        stage=row.stage,
        who=row.who,
        next_step=row.next_step,
        next_at=row.next_at,
        level=row.level,
        paused_until=row.paused_until,
    )
