"""Routes for answers: public ones for agencies with a link or typed code, and one for a call through a worker.

A link or code is a secret, so it travels in the body, never in an address. Opening one changes nothing.
"""

import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS, State
from services.referrals.mail import service as mails
from services.referrals.outbound import permits, tokens
from services.referrals.outbound.tokens import ReplyGrant
from services.referrals.referral import dispatch, refused_answers, service
from services.referrals.referral.intended_answer import FRESH_LINK, Wanted, wanted
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.schemas import in_order
from services.referrals.referral.transitions import AGENCY, Attribution
from services.referrals.reply import service as replies
from services.referrals.reply.schemas import (
    AnsweredView,
    CalledView,
    FreshBody,
    FreshView,
    Key,
    OpenedLine,
    OpenedView,
    PhoneBody,
    ReplyBody,
    SecondStepBody,
    ToldView,
)
from services.referrals.worker import service as workers
from shared import clock
from shared.http.deps import Platform, Tx, Who
from shared.http.etags import IfMatch
from shared.http.idempotency import Once
from shared.http.problems import Problem, conflict, invalid, not_found, problem, unavailable
from shared.http.routes import PUBLIC, Limit, Routes
from shared.http.state import Services
from shared.permits import Permit
from shared.settings import Settings

# Whoever guesses at one link or code is stopped, from however many addresses the guesses come and for however many
# referrals. Only wrong codes count: each referral of a list has its own, and a page is read again.
GUESSES = Limit(count=10, seconds=3600)
FRESH_ONES = Limit(count=5, seconds=3600)

# Why it may not be shown is for the person and us: withdrawn, expired and never agreed read the same.
NOT_NOW = "We may not show this now. Please do not contact the person about it; ring us and say the reference."
CANNOT_ASK = "We cannot ask at this moment whether this may be shown. Try again in a minute, or ring us."

OVER = "The referral has ended or was withdrawn. Please ring us if that is not what you expected."

CANNOT_ASK_NOW = "It cannot be checked at this moment whether this may be told. Try again in a minute."
NOT_AGREED_NOW = (
    "The person has not agreed to this being told, or no longer. Do not tell it. If it was told already, record that on"
    " the person's page, under what was shared."
)

IF_THERE_IS_ONE = "If this is an open reference of ours, a new link goes to the address on record."

routes = Routes("/replies", tags=["replies"])
calls = Routes("/referrals", tags=["replies"])


@routes.post("/open", allow=PUBLIC, status_code=200, keyless=True)
async def open_reply(body: Key, tx: Tx, platform: Platform) -> OpenedView:
    """Return what is asked and what may be answered. No name; changes nothing."""
    grant = await _live(tx, body.secret())
    lines: list[OpenedLine] = []
    rows = await replies.rows(tx, grant.referral_ids, grant.agency_id)
    names = await workers.to_ask_for(tx, rows)
    for row in rows:
        position = await load(tx, row)
        ring = platform.settings.whom_to_ring(names.get(row.id))
        last = await replies.last_answer(tx, position)
        read = await replies.has_read(tx, grant, row)
        lines.append(_line(position, await replies.answers(tx, position), last, ring, read=read))
    return OpenedView(channel=grant.channel, referrals=lines, second_step_needed=True)


@routes.post("/told", allow=PUBLIC, status_code=200, keyless=True)
async def told(body: SecondStepBody, platform: Platform, who: Who, request: Request) -> ToldView:
    """Return what is disclosed to the agency, after the second step.

    To show it is to disclose it: intake is asked at that moment.
    """
    async with platform.database.transaction(who) as session:
        grant = await _live(session, body.secret())
        guess = ("second step", str(grant.grant_id), GUESSES)
        await request.app.state.limiter.spend(*guess)
        row = await _one(session, grant, body)
        # The code that was read out for one referral of a list does not open the others.
        alone = replace(grant, referral_ids=(row.id,))
        if not await tokens.check_second_step(session, alone, body.second_step.get_secret_value()):
            raise problem(403, "That code is wrong or has expired.", field="second_step", rule="wrong")
        await request.app.state.limiter.give_back(*guess)
        _readable(row)
    # No transaction is open while intake is asked, so that a withdrawal need not wait for us.
    try:
        permit = await permits.ask_to_show(platform.nats, row)
        if not permit.granted:
            raise conflict(NOT_NOW, rule="not_permitted")
        async with platform.database.transaction(who) as session:
            grant = await _live(session, body.secret())
            row = await _one(session, grant, body)
            worker = (await workers.to_ask_for(session, [row])).get(row.id)
            shown = _whom_to_ring(_readable(row), platform.settings, worker)
            view = ToldView(reference=row.reference, told=shown, **await replies.behind_the_code(session, row))
        await permits.shown(platform.nats, permit)
    except permits.IntakeAway:
        raise unavailable(CANNOT_ASK, retry_after=15) from None
    # Only what was really shown counts as read.
    async with platform.database.transaction(who) as session:
        await replies.was_read(session, grant, row)
    return view


def _whom_to_ring(told: dict[str, Any], settings: Settings, worker: str | None) -> dict[str, Any]:
    """Return what is disclosed, with the present worker and the team's number in place of the author's."""
    if settings.contact_phone:
        ours = {"worker_first_name": settings.whom_to_ring(worker), "worker_phone": settings.contact_phone}
    elif worker is not None and worker != told.get("worker_first_name"):
        # The written number may not be that of the present worker.
        ours = {"worker_first_name": worker, "worker_phone": None}
    else:
        return told
    shown = {name: ours.get(name, text) for name, text in told.items()}
    return {name: text for name, text in shown.items() if text is not None}


def _readable(row: Referral) -> dict[str, Any]:
    shown = in_order(row.told)
    if shown is None or State(row.state) in ENDINGS:
        raise _gone("The referral has ended; there is nothing to read any more.")
    return shown


@routes.post("", allow=PUBLIC, status_code=200)
async def reply(body: ReplyBody, tx: Tx, once: Once) -> AnsweredView:
    """Record the agency's answer. The same answer again changes nothing; a refused answer is kept for a worker."""
    if await tokens.find(tx, body.secret()) is None:
        raise not_found()

    async def do() -> AnsweredView:
        # Inside the idempotent part, so that an answer that ended the referral gets its first response again.
        grant = await _live(tx, body.secret())
        found = await _one(tx, grant, body)
        row = await locked(tx, found.id)
        if row is None:
            raise not_found()
        # Who has not read how the person may be reached has nothing to confirm: they are rung about the appointment.
        proposed = not await replies.has_read(tx, grant, row)
        if body.answer in ("book", "rebook") and not proposed and not body.safe_contact_confirmed:
            raise invalid(
                "safe_contact_confirmed", "missing", "confirm that you have read how the person may be reached"
            )
        position = await load(tx, row)
        act = Attribution(AGENCY, clock.now(), grant.channel, body.note)
        changed = await replies.record_answer(tx, position, body, act, proposed=proposed)
        return AnsweredView(
            reference=row.reference,
            state=row.state,
            changed=changed,
            proposed=body.answer in ("book", "rebook") and bool(position.appointment and position.appointment.proposed),
            answers=await replies.answers(tx, position),
        )

    return await refused_answers.or_kept(
        tx,
        lambda: replies.keep(tx, body.secret(), body.reference, wanted(body.answer, body)),
        lambda: once(body, do, 200, scope=_scope(body.secret())),
    )


@routes.post("/fresh", allow=PUBLIC, status_code=202)
async def fresh(body: FreshBody, tx: Tx, once: Once, request: Request) -> FreshView:
    """Replace a dead link by a fresh one to the address on record, never to one in the request."""
    secret = body.secret()
    if secret is None:
        return await _fresh_by_reference(str(body.reference), body, tx, once, request)
    grant = await tokens.find(tx, secret)
    if grant is None:
        raise not_found()
    await request.app.state.limiter.spend("new link", str(grant.grant_id), FRESH_ONES)

    async def keep() -> bool:
        return await replies.keep(tx, secret, None, Wanted(FRESH_LINK))

    async def do() -> FreshView:
        if grant.state == "revoked":
            raise _gone("The referral has ended or was withdrawn; no link to it is given any more.")
        if not (sent := await tokens.send_fresh(tx, grant)):
            await keep()
        how = "A new link goes to the address on record." if sent else "There is no address on record; please ring us."
        return FreshView(sent=sent, how=how)

    return await refused_answers.or_kept(tx, keep, lambda: once(body, do, 202, scope=_scope(secret)))


async def _fresh_by_reference(reference: str, body: FreshBody, tx: Tx, once: Once, request: Request) -> FreshView:
    """Queue a fresh link, with the same response whether or not the reference exists: a guess reveals nothing."""
    await request.app.state.limiter.spend("new link by reference", reference, FRESH_ONES)

    async def do() -> FreshView:
        await replies.fresh_for(tx, reference)
        return FreshView(sent=None, how=IF_THERE_IS_ONE)

    return await once(body, do, 202, scope=_scope(reference))


@calls.post("/{referral_id}/replies", allow="referral.hear_reply", status_code=200)
async def by_phone(
    referral_id: UUID, body: PhoneBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch, platform: Platform
) -> CalledView:
    """Record one call to the agency, or one email of theirs that was read, with their answer, in one request.

    Where there is no email address, the call in which somebody was spoken to is what sends the referral.
    """
    permit = await _may_be_told(await service.visible(tx, referral_id), body, platform)
    # The email before the referral: the order of locking everywhere.
    mail = await mails.visible(tx, body.mail_id, lock=True) if body.mail_id else None
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> CalledView:
        if_match.check_if_sent(row.version)
        if mail:
            await mails.put_to(tx, mail, row)
            await mails.mark_read(tx, mail)
        position = await load(tx, row)
        # They answered when they wrote it, not when we read it; but not before later facts.
        wrote = max(mail.recorded_at, row.stage_since) if mail else None
        at = body.occurred_at or wrote or clock.now()
        if at > clock.now():
            raise invalid("occurred_at", "in_the_future", "must not lie in the future")
        said = [body.said] if body.said else []
        act = Attribution(actor.user_id, at, "mail" if mail else "phone", body.note)
        told = await replies.mark_sent_by_call(tx, position, permit, act)
        changed = told | await replies.called(tx, position, body.outcome, said, actor.user_id, act)
        return CalledView(
            referral_id=row.id, outcome=body.outcome, changed=changed, state=row.state, version=row.version
        )

    return await once(body, do, 200)


async def _may_be_told(row: Referral, body: PhoneBody, platform: Services) -> Permit | None:
    """Return intake's permit for a call that discloses the referral; None when this call does not."""
    # Nothing is locked yet, so that a withdrawal need not wait for us.
    if row.send_waits != dispatch.CALL or body.outcome != "spoke":
        return None
    try:
        permit = await permits.ask_to_call(platform.nats, row)
    except permits.IntakeAway:
        raise unavailable(CANNOT_ASK_NOW, retry_after=15) from None
    if not permit.granted:
        raise conflict(NOT_AGREED_NOW, rule="not_permitted")
    return permit


async def _live(session: AsyncSession, secret: str) -> ReplyGrant:
    """Return the grant of a link or code.

    Raise 404 when there is none and 410 when it is dead, each with what to do next.
    """
    grant = await tokens.find(session, secret)
    if grant is None:
        raise not_found()
    if grant.state == "revoked":
        raise _gone(OVER)
    if grant.state == "expired":
        raise _gone(
            "This link has expired. Ask for a new one at POST /replies/fresh; it goes to the address on record.",
            rule="expired",
        )
    return grant


def _gone(detail: str, rule: str = "ended") -> Problem:
    return Problem(410, "Gone", detail, rule=rule)


async def _one(session: AsyncSession, grant: ReplyGrant, body: Key) -> Referral:
    """Return the requested referral: the only one, or the one of a list that `reference` names."""
    rows = await replies.rows(session, grant.referral_ids, grant.agency_id)
    if body.reference is not None:
        rows = [row for row in rows if row.reference == body.reference]
    if not rows:
        ended = await replies.rows(session, grant.ended_ids, grant.agency_id)
        raise _gone(OVER) if body.reference in {row.reference for row in ended} else not_found()
    if len(rows) > 1:
        raise invalid("reference", "missing", "this link is for several referrals; say which")
    return rows[0]


def _line(position: Position, answers: list[str], last: int | None, ring: str, *, read: bool) -> OpenedLine:
    row, now = position.referral, clock.now()
    asked, by = replies.asked(position, now)
    return OpenedLine(
        reference=row.reference,
        their_reference=row.their_reference,
        state=row.state,
        asked=asked,
        answer_by=by,
        question=row.question_since is not None,
        we_answer_by=replies.we_answer_by(position),
        answered=replies.we_answered(row),
        read=read,
        answers=answers,
        last_answer=last,
        waitlisted_until=row.waitlisted_until,
        ring=ring,
    )


def _scope(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
