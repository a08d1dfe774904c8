"""Refused answers of a service: the service is informed, its words are kept, and a worker gets a task.

One way for every channel by which a service answers, and for every reason.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, String, exists, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import State
from services.referrals.referral.events import emit_event
from services.referrals.referral.intended_answer import Wanted
from services.referrals.referral.models import Referral, ReferralMove
from services.referrals.referral.position import locked
from services.referrals.referral.transitions import AGENCY, Attribution, append_history
from shared import clock
from shared.access.roles import Role
from shared.access.table import agency_of, in_teams
from shared.context import correlation
from shared.db.session import actor_of
from shared.events.referrals import ReferralDecided
from shared.http.problems import Problem, problem

T = TypeVar("T")

REFUSED = "answer_refused"
KEPT = "What you said is kept, and who works with the person is told."
# The same answer again adds nothing; a service with more answers than this in a day is asked to ring.
A_DAY, MOST = timedelta(days=1), 20
# Not final: the service is asked to confirm the date, in the same form.
_ASKED_BACK = frozenset({"before_its_day"})


async def or_kept(session: AsyncSession, keep: Callable[[], Awaitable[bool]], answer: Callable[[], Awaitable[T]]) -> T:
    """Carry out an answer. When it is refused, undo all of it and have `keep` store what was wanted.

    `keep` returns whether the author may answer for the referral: otherwise the refusal is raised unchanged.
    """
    try:
        async with session.begin_nested():
            return await answer()
    except Problem as refused:
        if not (_final(refused) and await keep()):
            raise
        if refused.status != 404:
            refused.detail = f"{refused.detail} {KEPT}"
            refused.extra["kept"] = True
        # A response and no exception, so that what was kept is committed.
        return cast(T, refused.response(correlation()))


def _final(refused: Problem) -> bool:
    rule = refused.extra.get("rule")
    return refused.status == 404 or (refused.status in (409, 410) and rule is not None and rule not in _ASKED_BACK)


async def keep(session: AsyncSession, referral_id: UUID, channel: str, said: Wanted) -> bool:
    """Store what a service wanted to answer about its referral. Raise 429 after too many such answers in a day."""
    row = await locked(session, referral_id)
    if row is None:
        return False
    now = clock.now()
    lines = select(ReferralMove).where(
        ReferralMove.referral_id == row.id, ReferralMove.move == REFUSED, ReferralMove.occurred_at > now - A_DAY
    )
    known = (await session.scalars(lines.order_by(ReferralMove.version.desc()).limit(MOST))).all()
    if any((line.reason, line.note) == (said.answer, said.words) for line in known):
        return True
    if len(known) == MOST:
        raise problem(429, "Too much was said of this referral today. Please ring us.", rule="too_much_said")
    await emit_event(session, row, ReferralDecided, now, drive=False, decision=REFUSED, by=AGENCY)
    append_history(session, row, REFUSED, Attribution(AGENCY, now, channel, said.words), reason=said.answer)
    return True


async def keep_of_program(session: AsyncSession, referral_id: UUID, said: Wanted) -> bool:
    """Store what a client program wanted to answer; return False where it may not.

    A service's program may also answer for a referral that it can no longer see, if the service has ever had it.
    """
    actor = actor_of(session)
    if actor.role is not Role.SYSTEM:
        return False
    stmt = in_teams(select(Referral.id).where(Referral.id == referral_id), Referral, actor)
    if (agency := agency_of(actor)) is not None:
        stmt = stmt.where(sql_cast(Referral.agency_id, String) == agency, reached_once())
    found = await session.scalar(stmt)
    return found is not None and await keep(session, found, "api", said)


def reached_once() -> ColumnElement[bool]:
    """Return the condition that the service has ever had the referral, in this round or an earlier one."""
    sent = exists().where(
        ReferralMove.referral_id == Referral.id, (ReferralMove.to_state == State.SENT) | (ReferralMove.by == AGENCY)
    )
    return Referral.ever_sent | sent
