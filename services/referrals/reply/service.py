"""An agency's answer becomes one move of the machine, by whichever channel it came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment.service import Particulars
from services.referrals.clock.models import QUESTION_ANSWERED
from services.referrals.codes import ENDINGS, Move, State
from services.referrals.message import service as messages
from services.referrals.outbound import departure, links, tokens
from services.referrals.outbound.text import asked_words
from services.referrals.outbound.tokens import ReplyGrant
from services.referrals.referral import correction, dispatch, feedback_permissions, questions, refused_answers, service
from services.referrals.referral.events import emit_event
from services.referrals.referral.intended_answer import FRESH_LINK, Wanted
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import Position, load, may_say_attendance
from services.referrals.referral.rules import Answer
from services.referrals.referral.transitions import AGENCY, SYSTEM, Attribution, append_history
from services.referrals.reply.models import Reading
from services.referrals.reply.schemas import Said
from shared import clock
from shared.db.base import table_of
from shared.events.referrals import ReferralDecided
from shared.http.problems import conflict
from shared.ids import new_id
from shared.permits import Permit
from shared.practice.calendar import local_day

# What they need of us: an answer, a call, help to reach the person.
QUESTIONS = frozenset({"question", "ring_me", "cannot_reach"})


async def answers(session: AsyncSession, position: Position) -> list[str]:
    """Return what the agency may answer now, and whether it may take back its latest answer."""
    found = _answers(position)
    return [*found, "take_back"] if await last_answer(session, position) is not None else found


async def last_answer(session: AsyncSession, position: Position) -> int | None:
    """Return the version of the answer that the agency may take back; None when there is none."""
    line = await correction.latest(session, position.referral)
    return line.version if line is not None and correction.may_take_back(line, position.referral) else None


def _answers(position: Position) -> list[str]:
    state = State(position.referral.state)
    if state in (State.DRAFT, State.AWAITING_CONSENT):
        # The link was opened while its email is only just being recorded as sent.
        return ["see", "accept", "waitlist", "decline", "question", "ring_me"]
    found: list[str] = [str(move) for move in service.legal_moves(position, by_agency=True)]
    if state in ENDINGS:
        return found
    if state is State.SENT:
        found.append("never_got_it")
    found += ["question", "ring_me"]
    if state in (State.ACKNOWLEDGED, State.WAITLISTED, State.ACCEPTED):
        found.append("cannot_reach")
    if state is State.BOOKED and may_say_attendance(position.referral):
        found.append("may_not_say")
    return found


async def mark_sent_by_call(session: AsyncSession, position: Position, permit: Permit | None, act: Attribution) -> bool:
    """Record the disclosure by a worker's call, as intake permits.

    Return False when the call was for something else.
    """
    if permit is None or position.referral.send_waits != dispatch.CALL:
        return False
    await departure.called(session, position, permit, act)
    return True


async def record_answer(
    session: AsyncSession, position: Position, said: Said, act: Attribution, *, proposed: bool = False
) -> bool:
    """Carry out an agency's answer on a locked referral; return False when nothing changed.

    `proposed`: whoever answers has not read how the person may be reached; their appointment is confirmed by phone
    before the person is informed.
    """
    # Whoever answers our first email has it, though its sending was not recorded.
    if not position.reached and (first := await messages.first_that_left(session, position.referral)) is not None:
        await departure.sent(session, first.id)
    theirs = await service.keep_their_reference(session, position, said.their_reference, act)
    return await _answer(session, position, said, act, proposed=proposed) or theirs


async def _answer(session: AsyncSession, position: Position, said: Said, act: Attribution, *, proposed: bool) -> bool:
    if said.answer == "take_back":
        return await correction.take_back(session, position, act, said.takes_back)
    if said.answer in QUESTIONS:
        return await questions.ask(session, position, act, None if said.answer == "question" else said.answer)
    if said.answer == "may_not_say":
        if State(position.referral.state) is not State.BOOKED:
            raise conflict("Nothing is asked about an appointment now.", legal=_answers(position), rule="illegal_move")
        return await feedback_permissions.may_not_say(session, position, act)
    if said.answer == "never_got_it":
        # The mistake is ours to mend, so it is recorded as ours: the agency has answered nothing about the person.
        request = service.Request(
            Answer(Move.BOUNCE, local_day(act.at)), Attribution(_ours(act), act.at, act.channel, act.note)
        )
        return await service.move(session, position, request)
    given = said.appointment
    answer = Answer(
        move=Move(said.answer),
        on=local_day(act.at),
        reason=str(said.reason) if said.reason else None,
        miss_kind=said.miss_kind,
        until=said.until,
        appointment_at=given.at if given else None,
    )
    particulars = Particulars(given.at, given.place, given.bring, given.who_goes, proposed) if given else None
    request = service.Request(answer, act, particulars, confirm_date=said.confirm_date)
    return await service.move(session, position, request)


def _ours(act: Attribution) -> str:
    return SYSTEM if act.by == AGENCY else act.by


async def called(
    session: AsyncSession, position: Position, outcome: str, said: Sequence[Said], by: str, act: Attribution
) -> bool:
    """Record that a worker rang them, or read what they wrote. The answer is the agency's, recorded by the worker."""
    row, wrote = position.referral, outcome == "wrote"
    row.set_last_action("read the service's email" if wrote else "rang the service", by, act.at)
    changed = False
    if outcome == "never_got_it":
        nothing = Said(answer="never_got_it")
        changed = await record_answer(session, position, nothing, replace(act, by=by))
    for each in said:
        changed |= await record_answer(session, position, each, replace(act, by=AGENCY))
    if not changed:
        what = "mail_wrote" if wrote else f"call_{outcome}"
        await emit_event(session, row, ReferralDecided, act.at, decision=what, by=by)
        append_history(session, row, what, replace(act, by=by))
    return changed


def asked(position: Position, now: datetime) -> tuple[str, datetime | None]:
    """Return what is asked of the agency, and by when. Empty when nothing is."""
    running = [each for each in position.ladder.openings if each.whose == "agency" and each.opened_at <= now]
    if not running:
        return "", None
    nearest = min(running, key=lambda each: each.deadline)
    # The question of the state. The question of a pathway's own clock reveals what kind of help it is, and whoever
    # holds the link reads this before the second step.
    plain = (each.rule for each in running if each.kind == "stage" and each.rule["pathway"] == "any")
    rule = next(plain, None)
    row = position.referral
    words = str(rule["asks"]) if rule else asked_words(State(row.state), may_say=may_say_attendance(row))
    return words, nearest.deadline


def we_answered(row: Referral) -> bool:
    """Return whether the agency's question was answered, and nobody has done anything about the referral since."""
    return row.question_since is None and row.last_human_what == questions.WE_ANSWERED


def we_answer_by(position: Position) -> datetime | None:
    """Return when our answer to the agency's open question is due."""
    due = [each.deadline for each in position.ladder.openings if each.ends_with == QUESTION_ANSWERED]
    return min(due, default=None)


async def fresh_for(session: AsyncSession, reference: str) -> None:
    """Queue a fresh link to the address on record for this reference, if it has reached its agency and is open.

    Where no link goes, the response does not show it; the person's worker gets a task instead.
    """
    row = await session.scalar(select(Referral).where(Referral.reference == reference, refused_answers.reached_once()))
    if row is None:
        return
    goes = row.ever_sent and row.state not in ENDINGS and row.state != State.AWAITING_CONSENT
    if not goes or not await links.queue_fresh_link(session, [row.id]):
        await refused_answers.keep(session, row.id, "link", Wanted(FRESH_LINK))


async def keep(session: AsyncSession, secret: str, reference: str | None, said: Wanted) -> bool:
    """Store a refused answer by link or code. Return False when the secret opens no referral of that reference."""
    grant = await tokens.find(session, secret)
    if grant is None:
        return False
    about = await rows(session, (*grant.referral_ids, *grant.ended_ids), grant.agency_id)
    meant = sorted(row.id for row in about if reference is None or row.reference == reference)
    for referral_id in meant:
        await refused_answers.keep(session, referral_id, grant.channel, said)
    return bool(meant)


async def rows(session: AsyncSession, referral_ids: Sequence[UUID], agency_id: UUID) -> list[Referral]:
    """Return the referrals of a link, by reference."""
    stmt = select(Referral).where(Referral.id.in_(referral_ids), Referral.agency_id == agency_id)
    return list(await session.scalars(stmt.order_by(Referral.reference)))


async def was_read(session: AsyncSession, grant: ReplyGrant, row: Referral) -> None:
    """Record that over this grant it was read how the person may be reached."""
    values = {
        "id": new_id(),
        "team_id": row.team_id,
        "recorded_at": clock.now(),
        "grant_id": grant.grant_id,
        "referral_id": row.id,
        "first_at": clock.now(),
    }
    await session.execute(insert(table_of(Reading)).values(values).on_conflict_do_nothing())


async def has_read(session: AsyncSession, grant: ReplyGrant, row: Referral) -> bool:
    """Return whether that was read over this grant."""
    found = select(Reading.id).where(Reading.grant_id == grant.grant_id, Reading.referral_id == row.id)
    return await session.scalar(found) is not None


_ASKED = ("question", "question_more")


async def behind_the_code(session: AsyncSession, row: Referral) -> dict[str, Any]:
    """Return the current appointment, what the service asked us last, and our answer to that."""
    position = await load(session, row)
    lines = await session.scalars(
        select(ReferralMove)
        .where(ReferralMove.referral_id == row.id, ReferralMove.move.in_((*_ASKED, QUESTION_ANSWERED)))
        .order_by(ReferralMove.version.desc(), ReferralMove.id.desc())
        .limit(20)
    )
    asked: list[str] = []
    answer: str | None = None
    for number, line in enumerate(lines):
        if line.move == QUESTION_ANSWERED:
            if number or asked:
                break
            answer = line.shown_note
        elif line.shown_note:
            asked.append(line.shown_note)
    return {
        "appointment_at": position.appointment.at if position.appointment else None,
        "question": "\n".join(reversed(asked)) or None,
        "answer": answer,
    }
