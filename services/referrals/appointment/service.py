"""The effect of a move on the current appointment of a referral."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment.models import Appointment
from services.referrals.codes import Move, State
from shared.ids import new_id

if TYPE_CHECKING:
    from services.referrals.referral.position import Position
    from services.referrals.referral.rules import Answer


@dataclass(frozen=True)
class Particulars:
    """The particulars of an appointment. All but the instant and `proposed` are sealed."""

    at: datetime
    place: str | None = None
    bring: str | None = None
    who_goes: str | None = None
    proposed: bool = False


async def after_move(
    session: AsyncSession,
    position: "Position",
    answer: "Answer",
    to: State,
    at: datetime,
    particulars: Particulars | None,
) -> Appointment | None:
    """Close the current appointment as the move requires, make the new one if the move brings one, and return it."""
    standing = position.appointment
    if standing is not None:
        standing.outcome_at = at
        standing.outcome = _OUTCOMES.get(answer.move, "void")
        standing.miss_kind = answer.miss_kind if answer.move is Move.MISS else None
        await session.flush()
    if to is not State.BOOKED or particulars is None:
        return None
    made = Appointment(
        id=new_id(),
        team_id=position.referral.team_id,
        referral_id=position.referral.id,
        stage_entry=position.referral.stage_entry,
        at=particulars.at,
        booked_at=at,
        proposed=particulars.proposed,
    )
    made.place, made.bring, made.who_goes = particulars.place, particulars.bring, particulars.who_goes
    session.add(made)
    await session.flush()
    return made


async def put_back(
    session: AsyncSession, position: "Position", then: UUID | None, at: datetime, *, untold: bool
) -> Appointment | None:
    """Undo a move: make `then` the current appointment again and void the one that the move had made.

    `untold`: the mistake was the record that the person had been informed of the appointment.
    """
    made = position.appointment
    if made is not None and made.id != then:
        made.outcome, made.outcome_at = "void", at
        await session.flush()
    if then is None:
        return None
    standing = await session.get(Appointment, then)
    if standing is None:
        return None
    standing.outcome = standing.miss_kind = standing.outcome_at = None
    if untold:
        standing.told_at = standing.told_how = standing.told_by = None
    await session.flush()
    return standing


_OUTCOMES = {Move.ATTEND: "attended", Move.MISS: "missed", Move.REBOOK: "moved"}
