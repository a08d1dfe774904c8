"""The state of a referral for its workflow and the board: pure functions of its rows."""

from datetime import datetime, timedelta

from services.referrals.clock.models import ClockOpening
from services.referrals.clock.service import QUESTION_ANSWERED
from services.referrals.codes import ENDINGS, State
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position
from shared.events.board import ReferralStandingChanged, StepAhead
from shared.practice import explain as practice
from shared.practice import ladder
from shared.practice.calendar import spread_seconds
from shared.practice.model import clock_from_json
from workflows.contracts import View

SHOWN_AHEAD = 8


def view(position: Position, now: datetime) -> View:
    """Return the referral's state at `now`."""
    row = position.referral
    ended = State(row.state) in ENDINGS
    wake_at, next_action = (None, "") if ended else coming(position, now)
    return View(
        revision=row.version, stage_entry=row.stage_entry, wake_at=wake_at, next_action=next_action, ended=ended
    )


def board_row(position: Position, now: datetime) -> ReferralStandingChanged:
    """Return the row of the board: ids, states and words of ours, nothing that names or describes a person."""
    row = position.referral
    ended = State(row.state) in ENDINGS
    return ReferralStandingChanged(
        version=row.version,
        occurred_at=now,
        row_id=row.id,
        team_id=row.team_id,
        person_id=row.person_id,
        case_id=row.case_id,
        plan_id=row.plan_id,
        agency_id=row.agency_id,
        service_id=row.service_id,
        reference=row.reference,
        stage=row.state,
        stalled=stalled(position, now),
        closed=ended,
        needs_help=None if ended else row.needs_help,
        last_human_what=row.last_human_what,
        last_human_by=row.last_human_by,
        last_human_at=row.last_human_at,
        ahead=ahead(position),
        due_at=due_at(position),
        **vars(explanation(position, now)),
    )


def stalled(position: Position, now: datetime) -> bool:
    """Return whether the referral waits too long for its service."""
    return practice.stalled(running(position), now)


def due_at(position: Position) -> datetime | None:
    """Return when what the referral waits for is due: the end of the clock that its explanation names."""
    if State(position.referral.state) in ENDINGS:
        return None
    shown = practice.nearest(running(position))
    return shown.deadline if shown and not shown.paused else None


def explanation(position: Position, now: datetime, *, theirs: bool = False) -> practice.Explanation:
    """Return why it waits, on whom, by which rule, and what comes next by itself.

    `theirs`: as the agency may read it.
    """
    row, appointment = position.referral, position.appointment
    following = ladder.next_step(position.ladder.instants(), position.ladder.done(), now)
    silent = row.silent_until if row.silent_until and row.silent_until > now else None
    facts = practice.WaitFacts(
        subject="referral",
        state=row.state,
        since=row.stage_since,
        running=running(position),
        next_action=following.action if following else None,
        next_at=following.wakes_at if following else None,
        level=position.level,
        # Once the appointment has passed, the person need not be informed of it any more.
        told=appointment is None or appointment.told_at is not None or appointment.at <= now,
        proposed=appointment is not None and appointment.proposed and appointment.at > now,
        question_since=row.question_since,
        acknowledged_until=silent,
        off_reason=row.off_reason,
        held_back=None if theirs else row.held_back,
        sending=None if theirs or row.send_request is None else row.send_waits or "email",
    )
    return practice.explain(facts)


def running(position: Position) -> tuple[practice.Running, ...]:
    """Return the running clocks as they were set; without the service's own while it has not been reached."""
    return tuple(
        practice.Running(clock_from_json(each.rule), each.deadline, _paused(position.referral, each))
        for each in position.ladder.openings
        if position.reached or each.whose != "agency"
    )


# Instants at which no step fires, but the board shows something else.
WAITED_TOO_LONG, APPOINTMENT = "waited_too_long", "appointment"


def coming(position: Position, now: datetime) -> tuple[datetime | None, str]:
    """Return when something happens next by itself, and what; (None, "") when nothing will.

    It is a step, the end of a clock, or the hour of an appointment that was not confirmed or of which the person was
    not informed: from then on the referral waits for something else.
    """
    row = position.referral
    following = ladder.next_step(position.ladder.instants(), position.ladder.done(), now)
    found: list[tuple[datetime, str]] = []
    if following:
        found.append((ladder.wake_at(following, row.id), following.action))
    for opening in position.ladder.openings:
        if opening.whose == "agency" and opening.deadline > now and not _paused(row, opening):
            spread = spread_seconds(row.id) if opening.mode == "days" else 0
            found.append((opening.deadline + timedelta(seconds=spread), WAITED_TOO_LONG))
    appointment = position.appointment
    if appointment and appointment.at > now and (appointment.proposed or appointment.told_at is None):
        found.append((appointment.at, APPOINTMENT))
    return min(found, default=(None, ""))


def ahead(position: Position) -> list[StepAhead]:
    """Return the steps that will fire unless a fact or a decision comes first."""
    waits_on = {opening.clock: position.asked_of(opening.waits_on) for opening in position.ladder.openings}
    steps = [each for each in position.ladder.planned() if not each.parked]
    return [
        StepAhead(
            at=max(each.at, each.not_before) if each.not_before else each.at,
            action=ladder.asked_as(each.action, waits_on[each.clock]),
            clock=each.clock,
        )
        for each in steps[:SHOWN_AHEAD]
    ]


def _paused(row: Referral, opening: ClockOpening) -> bool:
    return row.paused_since is not None and opening.kind == "stage" and opening.ends_with != QUESTION_ANSWERED
