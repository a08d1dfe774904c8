"""Views of referrals for the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock.models import ClockOpening, RungRow
from services.referrals.codes import State
from services.referrals.referral import correction
from services.referrals.referral import state_view as views
from services.referrals.referral.disclosed_text import ABOUT
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position, load
from services.referrals.referral.rules import fhir_status
from services.referrals.referral.schemas import (
    AppointmentView,
    ClockRunView,
    CorrectableView,
    ExplanationView,
    HistoryLine,
    LadderView,
    LastHumanView,
    ReferralLine,
    ReferralView,
    StepView,
    in_order,
)
from services.referrals.referral.service import legal_moves
from shared import clock
from shared.access.table import Role, agency_of, may
from shared.context import Actor
from shared.db.session import actor_of
from shared.notes import trace
from shared.practice.model import clock_from_json


def line(row: Referral, actor: Actor) -> ReferralLine:
    """Return one row of a list."""
    return ReferralLine(**_facts(row, actor))


def history_line(row: ReferralMove, actor: Actor) -> HistoryLine:
    """Return one line of the history, with its note unless the note was struck."""
    plain = {name: getattr(row, name) for name in HistoryLine.model_fields if hasattr(row, name)}
    return HistoryLine(**{**plain, **vars(trace(row, row.recorded_by, actor))})


# Why it waits, why it ended and whose plan it serves is ours: "in custody" or "died" is not for an agency to read. Two
# agencies must not join their lists by the person's id or our team's: the reference is the id they share with us.
_OURS = ("person_id", "team_id", "case_id", "plan_id", "ended_reason", "stall_reason", "held_back", "sending_waits")


def _facts(row: Referral, actor: Actor) -> dict[str, Any]:
    facts = _all_facts(row)
    return facts if agency_of(actor) is None else {**facts, **dict.fromkeys(_OURS)}


def _all_facts(row: Referral) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "reference": row.reference,
        "team_id": row.team_id,
        "person_id": row.person_id,
        "case_id": row.case_id,
        "plan_id": row.plan_id,
        "agency_id": row.agency_id,
        "service_id": row.service_id,
        "pathway": row.pathway,
        "state": row.state,
        "fhir_status": fhir_status(
            State(row.state), question=row.question_since is not None, accepted_before=row.accepted_before
        ),
        "stage_entry": row.stage_entry,
        "since": row.stage_since,
        "question": row.question_since is not None,
        "question_since": row.question_since,
        "walk_in": row.walk_in,
        "sending": row.send_request is not None,
        "sending_waits": row.send_waits,
        "waitlisted_until": row.waitlisted_until,
        "ended_reason": row.ended_reason,
        "stall_reason": row.stall_reason,
        "may_tell_us": row.may_tell_us,
        "held_back": row.held_back,
    }


async def whole(session: AsyncSession, row: Referral) -> ReferralView:
    """Return one referral with its state."""
    shown, actor = one(session, await load(session, row)), actor_of(session)
    move = None if may(actor.role, "referral.correct") is None else await correction.latest(session, row)
    if move is None or not correction.may_correct(move, actor):
        return shown
    found = CorrectableView(
        version=move.version, move=move.move, reason=move.reason, by=move.recorded_by, occurred_at=move.occurred_at
    )
    return shown.model_copy(update={"correctable": found})


def one(session: AsyncSession, position: Position) -> ReferralView:
    """Return the view of a loaded referral. What is disclosed to the agency is shown only to those who may read it."""
    row, actor, now = position.referral, actor_of(session), clock.now()
    theirs = agency_of(actor) is not None
    told: dict[str, Any] | None = row.told if may(actor.role, "referral.read_told") else None
    return ReferralView(
        **_facts(row, actor),
        their_reference=row.their_reference,
        appointment=_appointment(position, theirs=theirs),
        stalled=views.stalled(position, now),
        explanation=_explanation(position, now, theirs=theirs),
        legal_moves=legal_moves(position, by_agency=actor.role is Role.SYSTEM),
        dates={} if theirs else {name: datetime.fromisoformat(at) for name, at in row.dates.items()},
        told=in_order(told),
        about=None if told is None else told.get(ABOUT, []),
    )


def _appointment(position: Position, *, theirs: bool) -> AppointmentView | None:
    if position.appointment is None:
        return None
    shown = AppointmentView.model_validate(position.appointment)
    ours = ("who_goes", "told_at", "told_how", "told_by")
    return shown.model_copy(update=dict.fromkeys(ours)) if theirs else shown


def _explanation(position: Position, now: datetime, *, theirs: bool) -> ExplanationView:
    row, found = position.referral, views.explanation(position, now, theirs=theirs)
    if theirs:
        return ExplanationView(**{**vars(found), "next_step": "", "next_at": None, "level": 0}, last_human=None)
    human = LastHumanView(what=row.last_human_what, by=row.last_human_by, at=row.last_human_at)
    return ExplanationView(**vars(found), last_human=human)


async def ladder(session: AsyncSession, row: Referral) -> LadderView:
    """Return every clock that was set and every step of it, done and to come."""
    openings: Sequence[ClockOpening] = (
        await session.scalars(
            select(ClockOpening).where(ClockOpening.referral_id == row.id).order_by(ClockOpening.opened_at)
        )
    ).all()
    steps: Sequence[RungRow] = (
        await session.scalars(
            select(RungRow).where(RungRow.referral_id == row.id).order_by(RungRow.at, RungRow.occurrence, RungRow.id)
        )
    ).all()
    return LadderView(clocks=[_run(each) for each in openings], steps=[_step(each) for each in steps])


def _run(opening: ClockOpening) -> ClockRunView:
    rule = clock_from_json(opening.rule)
    return ClockRunView(
        clock=opening.clock,
        kind=opening.kind,
        whose=opening.whose,
        rule=rule.rule(),
        rule_source=rule.source,
        rule_version=opening.rule_version,
        opened_at=opening.opened_at,
        deadline=opening.deadline,
        closed_at=opening.closed_at,
    )


def _step(row: RungRow) -> StepView:
    return StepView(
        clock=row.clock,
        stage_entry=row.stage_entry,
        action=row.action,
        occurrence=row.occurrence,
        at=row.at,
        not_before=row.not_before,
        paused=row.parked and row.outcome == "planned",
        repeats_every_working_days=row.every,
        outcome=row.outcome,
        recorded_outcome_at=row.recorded_outcome_at,
    )
