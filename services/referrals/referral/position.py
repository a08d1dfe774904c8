"""The context of a referral: its row, its running clocks, its current appointment. Loaded together, shown together."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.appointment.models import Appointment
from services.referrals.clock.ladder import Ladder
from services.referrals.clock.rules import Where
from services.referrals.codes import MissKind, Move, State
from services.referrals.directory.contact import EMAIL
from services.referrals.directory.models import Agency, AgencyService
from services.referrals.referral.escalation.models import Escalation, PlanHold
from services.referrals.referral.models import Referral
from services.referrals.referral.rules import Answer, Standing
from shared.practice.ladder import WaitsOn

# Compiled at import: every step of every ladder runs these, and building a statement costs more than running it.
_LOCK = (
    select(Referral)
    .where(Referral.id == bindparam("referral"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
# Not joined to the locking statement: a statement that waited for the lock reads the row anew, but not what is joined
# to it.
_FIRED = select(func.count()).where(
    Escalation.referral_id == bindparam("referral"),
    Escalation.stage_entry == bindparam("entry"),
    Escalation.outcome == "fired",
)
_HAS_EMAIL = exists().where(
    AgencyService.id == Referral.service_id,
    ~AgencyService.never_show,
    Agency.id == AgencyService.agency_id,
    EMAIL.is_not(None),
)
# By the person too: a referral may be older than the plan. A plan of another team, named by mistake or on purpose, has
# no effect here.
_HELD = exists().where(
    (PlanHold.person_id == Referral.person_id) | (PlanHold.id == Referral.plan_id),
    PlanHold.team_id == Referral.team_id,
    PlanHold.worker_only,
)
_AROUND = (
    select(_FIRED.scalar_subquery(), _HAS_EMAIL, _HELD, Appointment)
    .select_from(Referral)
    .outerjoin(Appointment, (Appointment.referral_id == Referral.id) & Appointment.outcome.is_(None))
    .where(Referral.id == bindparam("referral"))
)


@dataclass
class Position:
    """The context of one referral.

    `level`: the steps that fired in this stage entry. `held`: the person's plan is held so that every step goes to the
    worker alone.
    """

    referral: Referral
    ladder: Ladder
    appointment: Appointment | None
    level: int
    agency_has_email: bool
    held: bool

    @property
    def reached(self) -> bool:
        """Return whether the service has the referral, as far as we know.

        Otherwise it is neither reminded nor blamed.
        """
        return State(self.referral.state) not in (State.DRAFT, State.AWAITING_CONSENT, State.UNDELIVERABLE)

    def asked_of(self, waits_on: WaitsOn) -> WaitsOn:
        """Return of whom a step asks something now: of us, as long as the service has not been reached."""
        return "us" if waits_on == "agency" and not self.reached else waits_on

    def where(self) -> Where:
        """Return the facts for the clocks."""
        row, appointment = self.referral, self.appointment
        return Where(
            state=State(row.state),
            pathway=row.pathway or "any",
            since=row.stage_since,
            sent_at=row.sent_at,
            question_since=row.question_since,
            paused_since=row.paused_since,
            waitlisted_until=row.waitlisted_until,
            appointment_at=appointment.at if appointment else None,
            told=appointment is not None and appointment.told_at is not None,
            agency_may_say=may_say_attendance(row),
            round_entry=row.round_entry,
            dates={name: datetime.fromisoformat(at) for name, at in row.dates.items()},
        )

    def standing(self) -> Standing:
        """Return the facts for the referral machine."""
        row, appointment = self.referral, self.appointment
        return Standing(
            state=State(row.state),
            walk_in=row.walk_in,
            told=appointment is not None and appointment.told_at is not None,
            sending=row.send_request is not None,
            last=answer_from(row.last_move) if row.last_move else None,
        )


async def load(session: AsyncSession, referral: Referral) -> Position:
    """Load the context of a referral that the caller has read (and locked, if it means to change anything)."""
    ladder = await Ladder.load(session, referral.id, referral.team_id)
    found = (await session.execute(_AROUND, {"referral": referral.id, "entry": referral.stage_entry})).first()
    level, has_email, held, appointment = found or (0, False, False, None)
    return Position(referral, ladder, appointment, level, has_email, held)


async def locked(session: AsyncSession, referral_id: UUID) -> Referral | None:
    """Return the row, locked until the transaction ends: the second transaction sees the effect of the first."""
    return await session.scalar(_LOCK, {"referral": referral_id})


def may_say_attendance(referral: Referral) -> bool:
    """Return whether the person agreed that the agency may tell us if they came."""
    return "attendance" in (referral.may_tell_us or [])


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """Return a move as JSON for the row."""
    return {
        "move": answer.move.value,
        "on": answer.on.isoformat(),
        "reason": answer.reason,
        "miss_kind": answer.miss_kind.value if answer.miss_kind else None,
        "until": answer.until.isoformat() if answer.until else None,
        "appointment_at": answer.appointment_at.isoformat() if answer.appointment_at else None,
    }


def answer_from(kept: dict[str, Any]) -> Answer:
    """Return the move from the JSON of `answer_as_json`."""
    at = kept["appointment_at"]
    return Answer(
        move=Move(kept["move"]),
        on=date.fromisoformat(kept["on"]),
        reason=kept["reason"],
        miss_kind=MissKind(kept["miss_kind"]) if kept["miss_kind"] else None,
        until=date.fromisoformat(kept["until"]) if kept["until"] else None,
        appointment_at=datetime.fromisoformat(at) if at else None,
    )
