"""The work of one transaction on referrals: draft, move, informing the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment import rules as appointments
from services.referrals.appointment.service import Particulars
from services.referrals.clock import service as clocks
from services.referrals.codes import ABOUT_ATTENDANCE, ENDINGS, Move, State
from services.referrals.directory import service as directory
from services.referrals.referral import dispatch, recorded_dates, rules, snapshot
from services.referrals.referral.disclosed_text import written
from services.referrals.referral.escalation import resolution
from services.referrals.referral.escalation.models import Escalation
from services.referrals.referral.events import emit_event
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position, may_say_attendance
from services.referrals.referral.recorded_dates import OLDEST_ENTRY, check_past
from services.referrals.referral.rules import Answer, Gate, Illegal, Same
from services.referrals.referral.schemas import ReferralNew
from services.referrals.referral.transitions import AGENCY, Attribution, append_history, apply, set_last_action
from shared import clock
from shared.access.scope import in_teams, team_for
from shared.access.table import agency_of
from shared.context import Actor
from shared.db.client_ids import added, own, taken
from shared.db.session import actor_of
from shared.db.visible import find
from shared.events.referrals import (
    AppointmentConfirmed,
    AppointmentTold,
    ReferralDecided,
    ReferralDrafted,
)
from shared.http.problems import conflict, invalid, not_found
from shared.ids import reference
from shared.practice.calendar import local, local_day
from shared.practice.clock_table import REFERRAL_PATHWAYS


@dataclass(frozen=True)
class Request:
    """A requested move."""

    answer: Answer
    act: Attribution
    particulars: Particulars | None = None
    how: str | None = None
    confirm_date: bool = False  # an appointment in the past, or a visit before its day, is meant as it is given


async def draft(session: AsyncSession, body: ReferralNew) -> Referral:
    """Write a draft, whose workflow starts. Raise problems for what does not exist, is not ours or is not complete."""
    actor, now = actor_of(session), clock.now()
    service = await directory.agency_of(session, body.service_id)
    if service is None:
        raise not_found()
    if body.told is None and not body.walk_in:
        raise invalid("told", "missing", "a referral that will be sent says what the service is told")
    pathway = body.pathway or service.pathway
    if pathway is not None and pathway not in REFERRAL_PATHWAYS:
        raise invalid("pathway", "unknown", "is not a pathway of ours")
    team_id, dates = team_for(actor, body.team_id), body.dates or {}
    row_id = own("referral", team_id, body.id)
    if body.id is not None and await session.get(Referral, row_id) is not None:
        raise taken()
    await _asked(session, body, service, team_id)
    await recorded_dates.check(session, team_id, dates)
    row = Referral(
        id=row_id,
        team_id=team_id,
        reference=reference(),
        person_id=body.person_id,
        case_id=body.case_id,
        plan_id=body.plan_id,
        agency_id=service.agency_id,
        service_id=body.service_id,
        pathway=pathway,
        state=State.DRAFT,
        stage_entry=1,
        stage_since=now,
        walk_in=body.walk_in,
        dates={name: at.isoformat() for name, at in dates.items()},
        last_human_what="drafted the referral",
        last_human_by=actor.user_id,
        last_human_at=now,
        version=0,
    )
    if body.told is not None:
        row.told = written(body.told, body.about)
    await added(session, row)
    await emit_event(session, row, ReferralDrafted, now, by=actor.user_id)
    append_history(session, row, "draft", Attribution(actor.user_id, now, note=body.again_because))
    return row


async def _asked(session: AsyncSession, body: ReferralNew, service: directory.ServiceRow, team_id: UUID) -> None:
    """Raise a 409 problem for what the author must confirm: a shut service, a second referral to the same service.

    Two simultaneous drafts take turns: the second waits for the first and sees it.
    """
    if service.closed is not None and not body.although_closed:
        raise conflict("This service is not open. Say that you mean it.", rule="service_closed")
    key = func.hashtextextended(f"{team_id}:{body.person_id}:{body.service_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    there = select(Referral.id).where(
        Referral.team_id == team_id,
        Referral.person_id == body.person_id,
        Referral.service_id == body.service_id,
        Referral.state.not_in(sorted(ENDINGS)),
    )
    open_one = await session.scalar(there.order_by(Referral.id).limit(1))
    if open_one is not None and not body.again_because:
        raise conflict(
            "A referral of this person to this service is open. Say why there is one more.",
            rule="open_already",
            referral_id=str(open_one),
        )


async def visible(session: AsyncSession, referral_id: UUID, *, lock: bool = False) -> Referral:
    """Return the referral, if the actor may see it; raise a 404 problem otherwise, whatever the reason."""
    row = await find(session, Referral, referral_id, lock=lock)
    # A program that acts for one agency (sub "agency:<id>") sees that agency's referrals alone.
    if row is None or not _its_own(actor_of(session), row):
        raise not_found()
    return row


def listed(actor: Actor, wanted: Mapping[str, UUID | str | None], states: Sequence[State]) -> Select[Referral]:
    """Return the query for referrals of the actor's teams, filtered by the given columns and by state."""
    stmt = in_teams(select(Referral), Referral, actor)
    for column, value in wanted.items():
        if value is not None:
            stmt = stmt.where(getattr(Referral, column) == value)
    if states:
        stmt = stmt.where(Referral.state.in_(states))
    if (agency := agency_of(actor)) is not None:
        stmt = stmt.where(cast(Referral.agency_id, String) == agency, Referral.ever_sent)
    return stmt


def moves_of(row: Referral) -> Select[ReferralMove]:
    """Return the query for the history of a referral that the caller may see."""
    return select(ReferralMove).where(ReferralMove.referral_id == row.id)


def escalations_of(row: Referral) -> Select[Escalation]:
    """Return the query for the steps of its ladder that fired or were overtaken."""
    return select(Escalation).where(Escalation.referral_id == row.id)


def _its_own(actor: Actor, row: Referral) -> bool:
    """Return whether a program of an agency may see the referral: only what has been sent to that agency."""
    agency = agency_of(actor)
    return agency is None or (agency == str(row.agency_id) and row.ever_sent)


def legal_moves(position: Position, *, by_agency: bool = False) -> list[Move]:
    """Return the moves that are possible now.

    For an agency only its own moves, and those about attendance only if the person agreed to that.
    """
    found = list(rules.legal(position.standing()))
    if not by_agency:
        return found
    may_say = may_say_attendance(position.referral)
    return [m for m in found if m in rules.BY_AGENCY and (may_say or m not in ABOUT_ATTENDANCE)]


async def move(session: AsyncSession, position: Position, request: Request) -> bool:
    """Carry out a move on a locked referral; return False when nothing changed.

    Raise 409 naming the legal moves, or 422 naming a field.
    """
    answer, act, row = request.answer, request.act, position.referral
    by_agency = act.by == AGENCY
    check_past("occurred_at", act.at)
    _check_ahead(answer)
    if field := rules.misplaced(answer):
        raise invalid(field, "not_for_this_move", "has no place on this move")
    verdict = rules.judge(position.standing(), answer)
    if isinstance(verdict, Same):
        return False
    if isinstance(verdict, Illegal) or (by_agency and answer.move not in legal_moves(position, by_agency=True)):
        legal = legal_moves(position, by_agency=by_agency)
        raise conflict(f"That is not possible while the referral is {row.state}.", legal=legal, rule="illegal_move")
    if field := rules.missing(answer):
        raise invalid(field, "missing", "is needed for this move")
    _check_dates(position, request)
    if isinstance(verdict, Gate):
        _sendable(row)
        await dispatch.queue(session, position, verdict.move, act)
        return True
    if answer.move is Move.REOPEN and act.note is None:
        raise invalid("note", "missing", "say why it is reopened")
    if not verdict.enters:
        await inform_person(session, position, request.how or "in_person", act.by, act)
        return True
    await apply(session, position, answer, verdict.to, act, request.particulars)
    return True


def _sendable(row: Referral) -> None:
    if row.told is None:
        raise conflict("Nothing was written for the service, so there is nothing to send.", rule="nothing_to_tell")


# Clocks are counted day by day up to this date too.
FURTHEST_DATE = timedelta(days=3 * 366)


def _check_ahead(answer: Answer) -> None:
    now = clock.now()
    at = answer.appointment_at
    if at is not None and not now - OLDEST_ENTRY < at < now + FURTHEST_DATE:
        raise invalid("appointment.at", "range", "must lie within two years back and three years ahead")
    if answer.until is not None and not local_day(now - OLDEST_ENTRY) < answer.until < local_day(now + FURTHEST_DATE):
        raise invalid("until", "range", "must lie within two years back and three years ahead")


def _check_dates(position: Position, request: Request) -> None:
    """Refuse an outcome before its day or an appointment in the past, unless its date may be and is confirmed."""
    answer, at, now = request.answer, request.act.at, clock.now()
    standing = position.appointment.at if position.appointment else None
    if (early := appointments.early(answer, standing, at)) and not (early.may_confirm and request.confirm_date):
        how = (
            "If the person was seen earlier, confirm the date."
            if early.may_confirm
            else "If it will not take place, say who cancelled it or why; if the date is wrong, move the appointment."
        )
        raise conflict(f"The appointment is on {_spoken(standing)}. {how}", rule=early.rule)
    made = answer.appointment_at
    if made is not None and made < now and not request.confirm_date:
        year = appointments.meant_year(made, now)
        hint = f"Did you mean {year}? " if year else ""
        raise invalid("appointment.at", "in_the_past", f"is in the past. {hint}If it is right, confirm the date")


def _spoken(at: datetime | None) -> str:
    if at is None:
        return ""
    here = local(at)
    return f"{here:%A} {here.day} {here:%B %Y} at {here:%H:%M}"


async def inform_person(session: AsyncSession, position: Position, how: str, by: str, act: Attribution) -> bool:
    """Record that the person knows of their appointment; return False when they knew already. Raise 409 without one."""
    row, appointment = position.referral, position.appointment
    check_past("occurred_at", act.at)
    if appointment is None or row.state != State.BOOKED:
        raise conflict("There is no appointment to tell of.", legal=legal_moves(position), rule="illegal_move")
    if appointment.told_at is not None:
        return False
    if appointment.proposed:
        raise conflict(
            "It came over the link alone. Ring the service first, and record that it is right.", rule="proposed"
        )
    stood = snapshot.of(position)
    appointment.told_at, appointment.told_how, appointment.told_by = act.at, how, by
    clocks.close_clock(position.ladder, "told", act.at)
    set_last_action(row, Move.TOLD, act)
    await emit_event(session, row, AppointmentTold, act.at, appointment_id=appointment.id)
    append_history(session, row, Move.TOLD, act, stood=stood)
    await resolution.resolve(session, position, row.stage_entry, act.at)
    return True


async def confirm(session: AsyncSession, position: Position, act: Attribution) -> bool:
    """Record that the service confirmed the proposed appointment; return False when it was not proposed any more."""
    row, appointment = position.referral, position.appointment
    if appointment is None or row.state != State.BOOKED:
        raise conflict("There is no appointment to confirm.", legal=legal_moves(position), rule="illegal_move")
    if not appointment.proposed:
        return False
    appointment.proposed, appointment.confirmed_at, appointment.confirmed_by = False, act.at, act.by
    row.set_last_action("confirmed the appointment", act.by, act.at)
    await emit_event(
        session, row, AppointmentConfirmed, act.at, appointment_id=appointment.id, appointment_at=appointment.at
    )
    append_history(session, row, "confirmed", act)
    return True


async def keep_their_reference(session: AsyncSession, position: Position, given: str | None, act: Attribution) -> bool:
    """Store the agency's own reference. Return False when it is known already, or none was given."""
    row = position.referral
    if given is None or given == row.their_reference or State(row.state) in ENDINGS:
        return False
    row.their_reference = given
    await emit_event(session, row, ReferralDecided, act.at, drive=False, decision="their_reference", by=act.by)
    append_history(session, row, "their_reference", Attribution(act.by, act.at, act.channel))
    return True


def require_open(position: Position) -> None:
    """Raise a 409 problem when the referral has ended."""
    if State(position.referral.state) in ENDINGS:
        raise conflict("It has ended.", legal=legal_moves(position), rule="illegal_move")


async def say_why(session: AsyncSession, position: Position, reason: str, act: Attribution) -> None:
    """Record why the referral waits too long, as one of our reasons."""
    row = position.referral
    require_open(position)
    row.stall_reason = reason
    row.set_last_action("said why it waits", act.by, act.at)
    await emit_event(session, row, ReferralDecided, act.at, decision="stall_reason", by=act.by)
    append_history(session, row, "stall_reason", act, reason=reason)


async def record_dates(session: AsyncSession, position: Position, dates: dict[str, datetime], act: Attribution) -> None:
    """Record dates with which spans start or end: spans that they answer close, spans that they start run."""
    require_open(position)
    await recorded_dates.record(session, position, dates, act)
