"""Short ways to bring a referral to a state through the service's own functions and activities."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.appointment.service import Particulars
from services.referrals.codes import Move
from services.referrals.decision.service import Decision, NotDone, decide
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import Kind
from services.referrals.outbound import closing, departure
from services.referrals.outbound.closing import Granted, Ready
from services.referrals.outbound.refusals import Trouble
from services.referrals.referral import service
from services.referrals.referral.clocks import set_clocks
from services.referrals.referral.escalation.models import Escalation
from services.referrals.referral.models import Referral
from services.referrals.referral.position import Position, load, locked
from services.referrals.referral.rules import Answer
from services.referrals.referral.schemas import ReferralNew
from services.referrals.referral.service import Request
from services.referrals.referral.state_view import board_row
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.db.platform_tables import outbox
from shared.db.session import Database
from shared.events.envelope import read
from shared.ids import new_id
from shared.permits import Permit
from shared.practice.calendar import local_day
from shared.settings import Settings
from tests.looks import Look, looked
from tests.referrals.place import TOLD, Place
from workflows.contracts import Refresh, RunDueSteps, View

T = TypeVar("T")

# What the text of a message needs.
SETTINGS = Settings(contact_phone="020 7946 0000")


@dataclass(frozen=True)
class Decided:
    """What became of a decision, and where the referral stands then."""

    done: bool
    why: str
    view: Look


class Story:
    """One referral, told step by step."""

    def __init__(self, db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> None:
        self.db, self.activities, self.worker, self.place = db, activities, worker, place
        self.person_id, self.plan_id = new_id(), new_id()
        self.id: UUID = new_id()  # of its row, once it is drafted

    async def draft(self, **more: Any) -> "Story":
        body = ReferralNew.model_validate(
            {
                "person_id": self.person_id,
                "plan_id": self.plan_id,
                "service_id": self.place.service_id,
                "told": TOLD,
                **more,
            }
        )
        async with self.db.transaction(self.worker) as session:
            self.id = (await service.draft(session, body)).id
        return self

    async def move(self, move: Move, *, at: datetime | None = None, by: str = "agency", **more: Any) -> bool:
        at = at or clock.now()
        appointment = more.pop("appointment", None)
        note, confirmed = more.pop("note", None), more.pop("confirm_date", True)
        answer = Answer(move, local_day(at), appointment_at=appointment, **more)
        particulars = Particulars(appointment, place="Room 3") if appointment else None
        async with self.db.transaction(self.worker) as session:
            row = await locked(session, self.id)
            assert row is not None
            position = await load(session, row)
            by = "worker-1" if move in (Move.SEND, Move.TOLD, Move.REOPEN, Move.AGREED, Move.RESEND) else by
            request = Request(answer, Attribution(by, at, None, note), particulars, confirm_date=confirmed)
            return await service.move(session, position, request)

    async def do(self, what: Any, *args: Any) -> Any:
        """Run one of the service's functions on the locked position."""
        async with self.db.transaction(self.worker) as session:
            row = await locked(session, self.id)
            assert row is not None
            return await what(session, await load(session, row), *args)

    async def look(self, now: datetime | None = None) -> Look:
        now = now or clock.now()
        return await self._looked(await self.activities.open_stage(Refresh(str(self.id), now)), now)

    async def climb(self, now: datetime, entry: int | None = None) -> Look:
        entry = entry if entry is not None else (await self.row()).stage_entry
        return await self._looked(await self.activities.run_due_steps(RunDueSteps(str(self.id), entry, now)), now)

    async def _looked(self, view: View, now: datetime) -> Look:
        return looked(view, board_row(await self.position(), now))

    async def decide(self, kind: str, at: datetime, key: str | None = None, **more: Any) -> "Decided":
        """A supervisor decides at this instant; `why` is the reason of a refusal."""
        decision = Decision(key or str(new_id()), kind, "supervisor-1", at, **more)
        done = True
        try:
            async with self.db.transaction(self.worker) as session:
                row = await locked(session, self.id)
                assert row is not None
                position = await load(session, row)
                await set_clocks(session, position, at)
                why = await decide(session, position, decision)
        except NotDone as refused:
            done, why = False, refused.why
        return Decided(done, why, await self.look(at))

    async def first(self) -> UUID:
        """The newest message that carries it out."""
        stmt = select(Message.id).join(MessageItem, MessageItem.message_id == Message.id)
        mine = stmt.where(MessageItem.referral_id == self.id, Message.kind == Kind.FIRST)
        async with self.db.transaction(self.worker) as session:
            return (await session.scalars(mine.order_by(Message.id.desc()).limit(1))).one()

    async def permit(self, *, granted: bool = True, told: bool = True, **more: Any) -> str:
        """What the mailer does with its first message on intake's answer: what that came to.

        `told`: the email leaves, or the call is recorded where there is no address.
        """
        message_id = await self.first()
        given: dict[str, Any] = {
            "permit_id": str(new_id()),
            "expires_at": clock.now() + timedelta(minutes=5),
            "may_tell_us": ["attendance", "outcome"],
        }
        if not granted:
            given = {"why": "no_consent"}
        permit = Permit("a request", granted, **{**given, **more})
        async with self.db.transaction(self.worker) as session:
            asked = await closing.wanted(session, message_id)
        if asked is None:
            return "done"
        async with self.db.transaction(self.worker) as session:
            granted_now = {self.id: Granted(permit, time.monotonic())}
            decided = await closing.close(session, SETTINGS, message_id, asked, granted_now)
        if told and isinstance(decided, Ready):
            async with self.db.transaction(self.worker) as session:
                await departure.sent(session, message_id)
            return "sent"
        outcome = "sending" if isinstance(decided, Ready) else decided.status
        if told and outcome == "to_call":
            await self.do(departure.called, permit, Attribution("worker-1", clock.now(), "phone"))
        return outcome

    async def fails(self, trouble: str) -> None:
        """Its first message could not leave, for this reason of ours."""
        message_id = await self.first()
        async with self.db.transaction(self.worker) as session:
            await departure.not_sent(session, message_id, Trouble(trouble), perhaps=False)

    async def ordered(self, **more: Any) -> "Story":
        """Drafted and approved: its first message waits."""
        await self.draft(**more)
        await self.move(Move.SEND)
        return self

    async def sent(self, **more: Any) -> "Story":
        """Drafted, approved, permitted, told, clocks set."""
        await self.ordered(**more)
        await self.permit()
        await self.look()
        return self

    async def row(self) -> Referral:
        async with self.db.transaction(self.worker) as session:
            row = await session.get(Referral, self.id)
            assert row is not None
            return row

    async def position(self) -> Position:
        async with self.db.transaction(self.worker) as session:
            row = await session.get(Referral, self.id)
            assert row is not None
            return await load(session, row)

    async def escalations(self, outcome: str | None = "fired") -> list[Escalation]:
        stmt = (
            select(Escalation).where(Escalation.referral_id == self.id).order_by(Escalation.recorded_at, Escalation.id)
        )
        if outcome is not None:
            stmt = stmt.where(Escalation.outcome == outcome)
        async with self.db.transaction(self.worker) as session:
            return list(await session.scalars(stmt))

    async def actions(self, outcome: str | None = "fired") -> list[str]:
        return [each.action for each in await self.escalations(outcome)]

    async def events(self, kind: type[T]) -> list[T]:
        """What was told of this kind, by this referral or by anything else, in order."""
        async with self.db.platform_connection() as connection:
            rows = await connection.execute(select(outbox).order_by(outbox.c.id))
            found = [read(row.body).event for row in rows]
        return [event for event in found if isinstance(event, kind)]
