"""Routes of referrals."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment.service import Particulars
from services.referrals.codes import GATED, State
from services.referrals.referral import api_views, correction, disclosed_text, questions, refused_answers, service
from services.referrals.referral.escalation.models import Escalation
from services.referrals.referral.intended_answer import wanted
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import load
from services.referrals.referral.rules import Answer
from services.referrals.referral.schemas import (
    ConfirmedBody,
    CorrectBody,
    DatesBody,
    EscalationView,
    HistoryLine,
    LadderView,
    MoveBody,
    QuestionBody,
    ReferralLine,
    ReferralNew,
    ReferralView,
    StallReasonBody,
    ToldBody,
    ToldChange,
)
from services.referrals.referral.transitions import AGENCY, Attribution
from shared import clock
from shared.access.table import Role
from shared.context import Actor
from shared.db.session import actor_of
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.idempotency import Once
from shared.http.problems import conflict, invalid, not_found
from shared.http.routes import Routes
from shared.practice.calendar import local_day
from shared.references import Reference

routes = Routes("/referrals")


@routes.post("", allow="referral.draft")
async def draft(body: ReferralNew, tx: Tx, once: Once) -> ReferralView:
    """Draft a referral with exactly what would be disclosed to the agency. Nothing leaves; its workflow starts."""

    async def do() -> ReferralView:
        return await api_views.whole(tx, await service.draft(tx, body))

    return await once(body, do)


@routes.get("", allow="referral.read")
async def search(
    tx: Tx,
    actor: Who,
    paging: Paging,
    person_id: UUID | None = None,
    case_id: UUID | None = None,
    plan_id: UUID | None = None,
    agency_id: UUID | None = None,
    service_id: UUID | None = None,
    state: Annotated[list[State] | None, Query(max_length=13)] = None,
    reference: Annotated[Reference | None, Query(max_length=100)] = None,
) -> PageView[ReferralLine]:
    """List referrals of the reader's teams, newest first."""
    wanted = {
        "person_id": person_id,
        "case_id": case_id,
        "plan_id": plan_id,
        "agency_id": agency_id,
        "service_id": service_id,
        "reference": reference,
    }
    stmt = service.listed(actor, wanted, state or [])
    found = await page(tx, stmt, [(Referral.recorded_at, "desc"), (Referral.id, "desc")], paging)
    return PageView(items=[api_views.line(row, actor) for row in found.items], next_cursor=found.next_cursor)


@routes.get("/{referral_id}", allow="referral.read")
async def read(referral_id: UUID, tx: Tx, tag: Tag) -> ReferralView:
    """Return one referral: its state, why it waits, and the possible moves."""
    return tag(await api_views.whole(tx, await service.visible(tx, referral_id)))


@routes.put("/{referral_id}/told", allow="referral.draft")
async def rewrite(referral_id: UUID, body: ToldChange, tx: Tx, actor: Who, if_match: IfMatch, tag: Tag) -> ReferralView:
    """Change what will be disclosed to the agency, until it is approved."""
    row = await service.visible(tx, referral_id, lock=True)
    if_match.check(row.version)
    position = await load(tx, row)
    await disclosed_text.rewrite(tx, position, body.told, body.about, Attribution(actor.user_id, clock.now()))
    return tag(api_views.one(tx, position))


@routes.get("/{referral_id}/history", allow="referral.read_history")
async def history(referral_id: UUID, tx: Tx, actor: Who, paging: Paging) -> PageView[HistoryLine]:
    """List the history of a referral, oldest first."""
    stmt = service.moves_of(await service.visible(tx, referral_id))
    found = await page(tx, stmt, [(ReferralMove.version, "asc"), (ReferralMove.id, "asc")], paging)
    return PageView(items=[api_views.history_line(row, actor) for row in found.items], next_cursor=found.next_cursor)


@routes.get("/{referral_id}/escalations", allow="referral.read_history")
async def escalations(referral_id: UUID, tx: Tx, paging: Paging) -> PageView[EscalationView]:
    """List the steps that fired or were overtaken, oldest first."""
    stmt = service.escalations_of(await service.visible(tx, referral_id))
    order = [(Escalation.fired_at, "asc"), (Escalation.due_at, "asc"), (Escalation.id, "asc")]
    found = await page(tx, stmt, order, paging)  # pyright: ignore[reportArgumentType]
    return PageView(items=[EscalationView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)


@routes.get("/{referral_id}/ladder", allow="referral.read_history")
async def ladder(referral_id: UUID, tx: Tx) -> LadderView:
    """Return the clocks that were set, and every step: done and to come."""
    return await api_views.ladder(tx, await service.visible(tx, referral_id))


@routes.post(
    "/{referral_id}/moves",
    allow="referral.move",
    status_code=200,
    responses={202: {"model": ReferralView, "description": "Approved; it leaves once intake permits it"}},
)
async def move(referral_id: UUID, body: MoveBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch) -> ReferralView:
    """Make one move.

    Sending answers 202 with `sending` true; the same move again changes nothing. With If-Match the move applies only to
    the version that was read.
    """

    async def moved() -> ReferralView:
        row = await service.visible(tx, referral_id, lock=True)

        async def do() -> ReferralView:
            if_match.check_if_sent(row.version)
            position = await load(tx, row)
            await service.move(tx, position, request_of(actor, body))
            return api_views.one(tx, position)

        return await once(body, do, 202 if body.move in GATED else 200)

    said = wanted(str(body.move), body)
    return await refused_answers.or_kept(tx, lambda: refused_answers.keep_of_program(tx, referral_id, said), moved)


def request_of(actor: Actor, body: MoveBody) -> service.Request:
    """Build the request to the machine from the client's body. A program acts for the agency."""
    at = body.occurred_at or clock.now()
    by, channel = (AGENCY, "api") if actor.role is Role.SYSTEM else (actor.user_id, None)
    given = body.appointment
    return service.Request(
        answer=Answer(
            move=body.move,
            on=local_day(at),
            reason=str(body.reason) if body.reason else None,
            miss_kind=body.miss_kind,
            until=body.until,
            appointment_at=given.at if given else None,
        ),
        act=Attribution(by, at, channel, body.note),
        particulars=Particulars(given.at, given.place, given.bring, given.who_goes) if given else None,
        how=body.how,
        confirm_date=body.confirm_date,
    )


@routes.post("/{referral_id}/corrections", allow="referral.correct", status_code=200)
async def correct(
    referral_id: UUID, body: CorrectBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch
) -> ReferralView:
    """Take back the latest answer, appointment or outcome, which was recorded by mistake.

    The referral returns to its state before. Taking back what was taken back already changes nothing; the line before
    it is taken back by naming its version.
    """
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        if_match.check_if_sent(row.version)
        if await correction.is_done(tx, row, body.version):
            return await api_views.whole(tx, row)
        line = await correction.meant(tx, row, body.version)
        if not correction.may_correct(line, actor):
            detail = "Only who took it down, or a supervisor, can take it back: ask one of them."
            raise conflict(detail, rule="not_yours")
        await correction.correct(tx, await load(tx, row), line, Attribution(actor.user_id, clock.now(), None, body.why))
        return await api_views.whole(tx, row)

    return await once(body, do, 200)


@routes.post("/{referral_id}/appointments/{appointment_id}/told", allow="appointment.tell", status_code=200)
async def told(
    referral_id: UUID, appointment_id: UUID, body: ToldBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch
) -> ReferralView:
    """Record that the person was informed of their appointment."""
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        if_match.check_if_sent(row.version)
        position = await load(tx, row)
        if position.appointment is None or position.appointment.id != appointment_id:
            raise not_found()
        act = Attribution(actor.user_id, body.occurred_at or clock.now())
        await service.inform_person(tx, position, body.how, body.by or actor.user_id, act)
        return api_views.one(tx, position)

    return await once(body, do, 200)


@routes.post("/{referral_id}/appointments/{appointment_id}/confirmed", allow="appointment.tell", status_code=200)
async def confirmed(
    referral_id: UUID, appointment_id: UUID, body: ConfirmedBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch
) -> ReferralView:
    """Record that the service, rung by a worker, confirmed the proposed appointment."""
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        if_match.check_if_sent(row.version)
        position = await load(tx, row)
        if position.appointment is None or position.appointment.id != appointment_id:
            raise not_found()
        await service.confirm(tx, position, Attribution(actor.user_id, clock.now(), "phone", body.note))
        return api_views.one(tx, position)

    return await once(body, do, 200)


@routes.post("/{referral_id}/question", allow="referral.question", status_code=200)
async def question(referral_id: UUID, body: QuestionBody, tx: Tx, once: Once, if_match: IfMatch) -> ReferralView:
    """Record that the agency needs something from us (`on`: true), or has received it (false)."""

    async def asked() -> ReferralView:
        row = await service.visible(tx, referral_id, lock=True)

        async def do() -> ReferralView:
            if_match.check_if_sent(row.version)
            position = await load(tx, row)
            if not body.on and body.note is None and row.question_since is not None:
                raise invalid("note", "missing", "say what was answered: the service reads it")
            act = Attribution(_by(tx), body.occurred_at or clock.now(), None, body.note)
            await (questions.ask if body.on else questions.answered)(tx, position, act)
            return api_views.one(tx, position)

        return await once(body, do, 200)

    said = wanted("question" if body.on else "question_answered", body)
    return await refused_answers.or_kept(tx, lambda: refused_answers.keep_of_program(tx, referral_id, said), asked)


@routes.post("/{referral_id}/stall-reason", allow="referral.say_why", status_code=200)
async def stall_reason(referral_id: UUID, body: StallReasonBody, tx: Tx, once: Once) -> ReferralView:
    """Record why the referral waits too long, as one of our reasons."""
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        position = await load(tx, row)
        act = Attribution(_by(tx), body.occurred_at or clock.now(), None, body.note)
        await service.say_why(tx, position, body.reason, act)
        return api_views.one(tx, position)

    return await once(body, do, 200)


@routes.post("/{referral_id}/dates", allow="referral.record_dates", status_code=200)
async def dates(referral_id: UUID, body: DatesBody, tx: Tx, once: Once) -> ReferralView:
    """Record dates with which spans of the pathway start or end; a span starts only with its date."""
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        position = await load(tx, row)
        await service.record_dates(tx, position, dict(body.dates), Attribution(_by(tx), clock.now(), None, body.note))
        return api_views.one(tx, position)

    return await once(body, do, 200)


def _by(session: AsyncSession) -> str:
    actor = actor_of(session)
    return AGENCY if actor.role is Role.SYSTEM else actor.user_id
